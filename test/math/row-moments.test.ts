import { describe, expect, test } from 'vitest';
import { makeRandom } from '../../src/math/random.js';
import { rowMoments } from '../../src/math/row-moments.js';
import { makeMemory } from '../../src/math/wasm/memory.js';

const random = makeRandom(8);
const numbers = (length: number) => Float64Array.from({ length }, () => random.uniform() - 0.5);

describe.each([
  [0, 0],
  [1, 0],
  [3, 2],
  [9, 1],
  [0, 9],
])('with %i lags and %i columns of weights', (lags, columns) => {
  test.each([1, 7, 8, 9, 19])(
    '%i rows less a shift are added in turn, as products with weights and with those before',
    (n) => {
      for (const [Values, fresh] of [Float32Array, Float64Array].flatMap(
        (own) =>
          [
            [own, true],
            [own, false],
          ] as const,
      )) {
        const typeOf = (r: number) => (r % 5 > 2 ? Float64Array : Values); // mixed, where Values are single
        const rows = Array.from({ length: n }, (_, r) => typeOf(r).from(numbers(5)));
        const kind = rowMoments(5, { lags, columns });
        const { add, ...into } = kind.in(makeMemory(kind.needs(1)))();
        const { shift, sums, squares, weighted, lagged, last } = into;
        const weights = numbers(n * columns);
        for (const array of [shift, sums, squares, ...weighted, ...lagged, ...last])
          array.set(numbers(5));
        const expected = structuredClone({
          ...{ shift: [...shift], sums: [...sums], squares: [...squares] },
          weighted: weighted.map((own) => [...own]),
          lagged: lagged.map((own) => [...own]),
          last: last.map((own) => [...own]),
        });
        if (fresh)
          for (const own of [
            ...[expected.sums, expected.squares, ...expected.weighted],
            ...[...expected.lagged, ...expected.last],
          ])
            own.fill(0);
        // Of earlier volumes, the newest at the end.
        const before = expected.last.map((own) => Float64Array.from(own)).toReversed();
        for (const [r, row] of rows.entries()) {
          const d = Float64Array.from(row, (value, u) => value - shift[u]);
          for (let u = 0; u < 5; u++) {
            expected.sums[u] += d[u];
            expected.squares[u] += d[u] ** 2;
            for (const [j, sum] of expected.weighted.entries())
              sum[u] += d[u] * weights[r * columns + j];
            for (const [l, sum] of expected.lagged.entries())
              sum[u] += d[u] * before.at(-1 - l)![u];
          }
          before.push(d);
        }
        add(rows, { weights, fresh })({ firstUnit: 0, units: 5 });
        const own = (arrays: readonly Float64Array[]) => arrays.map((array) => [...array]);
        expect({
          ...{ shift: [...shift], sums: [...sums], squares: [...squares] },
          ...{ weighted: own(weighted), lagged: own(lagged), last: own(last) },
        }).toEqual({ ...expected, last: own(before.toReversed().slice(0, lags)) });
      }
    },
  );
});
