import type { Arrivals } from '../../core/series.js';
import { isPossible, type Need } from '../../math/wasm/memory.js';
import { UNITS_AT_ONCE } from '../../math/wasm/row-kernel.js';
import { findBrokenUnits } from '../fit/broken-units.js';
import type { Accumulator } from '../fit/fit.js';
import { rangesOf } from '../fit/moment-tile.js';
import { accumulateMoments, checkSeries } from '../fit/moments.js';
import { gatherByPrompt, memoryFor } from '../prompts/by-prompt.js';
import { lastColumns, momentsOf, promptMoments } from '../prompts/sums/prompt-moments.js';
import { lagWeights } from './lag-weights.js';
import { stretchProducts } from './stretch-products.js';
import { type Boundary, STRETCHES_AT_ONCE, stretchRun } from './stretch-run.js';
import type { Stretches } from './stretches.js';

/**
 * As accumulateMoments for uncensored volumes in stretches (stretchesOf), from a few sums of each, so that
 * those of different events may come in any order (`arriving`). The basis's last columns are those that
 * change within stretches.
 * Where a value is not finite, the error names the stretch. Units that are too many for this are summed by
 * accumulateMoments, and so are designs that lags make something else of (lagWeights).
 */
export function momentsOfStretches(
  stretches: Stretches,
  arriving: Arrivals | undefined,
): Accumulator {
  const accumulate: typeof accumulateMoments = async (options) => {
    const { series, basis, lags, shifted, censored, broken: policy = 'refuse' } = options;
    checkSeries(series, basis);
    if (censored?.includes(1)) throw new Error('sums of stretches hold all their volumes');
    const { volumes, units } = series;
    const source = arriving ?? series;
    const firsts = stretches.prompts.map((_, s) => stretches.promptOf.indexOf(s));
    const { length: within } = stretches.within;
    const cut = { basis, firsts, within };
    const weights = lagWeights(cut, lags);
    if (!weights) return accumulateMoments(options);
    const size = { lags, columns: within };
    const runs = stretchRun(units, size);
    const products = stretchProducts(units, { ...cut, weights });
    const atOnce = STRETCHES_AT_ONCE;
    const others: Need[] = [
      ...[...runs.needs(1), ...products.needs(1)],
      { type: 'float64', length: UNITS_AT_ONCE, count: atOnce * lags },
    ];
    const sets = promptMoments(units, size);
    if (!isPossible([...others, ...sets.needs(1)])) return accumulateMoments(options);
    const { memory, fresh } = memoryFor(sets, source, { groups: stretches, atOnce, others });
    const [run, withDesign] = [runs.in(memory)(), products.in(memory)()];
    const boundaries = Array.from(
      { length: atOnce },
      (): Boundary => Array.from({ length: lags }, () => memory.float64(UNITS_AT_ONCE)),
    );
    const ranges = rangesOf(units, UNITS_AT_ONCE);
    const gathering = momentsOf(fresh, { shifted, weights: lastColumns(basis, within) });
    const coming = gatherByPrompt(source, stretches, gathering, { memory, atOnce });
    for await (const { add, whole } of coming) {
      const ending = whole.map((own) => {
        const before = boundaries.slice(0, own.owns.length);
        return [run.add(own, before), withDesign.add(own, before)];
      });
      for (const range of ranges) {
        add(range);
        for (const addTo of ending.flat()) addTo(range);
      }
    }
    const addEnd = withDesign.end(run);
    for (const range of ranges) addEnd(range);
    const tiles = withDesign.tiles(run);
    const at = run.broken();
    const first = at && { where: stretches.prompts[at.stretch], unit: at.unit };
    const sums = run.sums();
    const broken = findBrokenUnits({ sums, tiles, volumes, first, policy });
    return { volumes, units, lags, ...sums, tiles, broken };
  };
  return { accumulate, last: stretches.within };
}
