import { addTo, difference, get, numbered, product, set } from '../../math/wasm/instructions.js';
import type { RowKernel } from '../../math/wasm/row-code.js';

/**
 * Adds a stretch: its sums, the products within it and those at its boundary with the volumes before,
 * of which it leaves its own last ones. Gives, by lag, the boundary's sum: of the volumes before less
 * the stretch's first ones. Numbered by lag, from 1; of volumes from a stretch's ends, the first and the
 * last are 1.
 */
export function stretchKernel(lags: number): RowKernel {
  const [lagged, last] = ['lagged', 'last'].map((name) => numbered(name, lags));
  const [within, first, next] = ['within', 'first', 'next'].map((name) => numbered(name, lags));
  const boundary = numbered('boundary', lags);
  const lagsOf = <Of>(of: (l: number) => Of[]) => lagged.flatMap((_, l) => of(l));
  return {
    arrays: ['shift', 'total', 'squares', ...lagged, ...last],
    written: ['total', 'squares', ...lagged, ...last],
    inputs: ['sum', 'square', ...within, ...first, ...next],
    type: 'float64',
    outputs: boundary,
    body: [
      ...lagsOf((l) => [...difference(first[l], 'shift'), set(first[l])]),
      ...addTo('total', [get('sum')]),
      ...addTo('squares', [get('square')]),
      ...lagsOf((l) => [
        ...addTo(lagged[l], [get(within[l])]),
        ...first.slice(0, l + 1).flatMap((own, k) => addTo(lagged[l], product(own, last[l - k]))),
        ...[...difference(last[l], first[l]), set(boundary[l])],
        ...(l > 0 ? addTo(boundary[l], [get(boundary[l - 1])]) : []),
      ]),
      ...lagsOf((l) => [get(next[l]), set(last[l])]),
    ],
  };
}
