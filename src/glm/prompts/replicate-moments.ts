import type { Arrivals } from '../../core/series.js';
import { isPossible, type Need } from '../../math/wasm/memory.js';
import { UNITS_AT_ONCE } from '../../math/wasm/row-kernel.js';
import { findBrokenUnits } from '../fit/broken-units.js';
import { rangesOf } from '../fit/moment-tile.js';
import { accumulateMoments, checkSeries } from '../fit/moments.js';
import { gatherByPrompt, memoryFor } from './by-prompt.js';
import type { PromptGroups } from './prompts.js';
import { replicateProducts } from './replicate-products.js';
import { type Boundary, replicateRun, STRETCHES_AT_ONCE } from './replicate-run.js';
import { replicateSets, replicatesOf } from './replicates.js';

/**
 * As accumulateMoments for uncensored volumes in stretches (replicateStretches), from a few sums of each
 * (replicateWeights), so that those of different events may come in any order (`arriving`).
 * Where a value is not finite, the error names the stretch. Units that are too many for this are summed by
 * accumulateMoments.
 */
export function momentsOfReplicates(
  groups: PromptGroups,
  arriving: Arrivals | undefined,
): typeof accumulateMoments {
  return async (options) => {
    const { series, basis, lags, shifted, censored, broken: policy = 'refuse' } = options;
    checkSeries(series, basis);
    if (censored?.includes(1)) throw new Error('sums of stretches hold all their volumes');
    const { volumes, units } = series;
    const source = arriving ?? series;
    const firsts = groups.prompts.map((_, g) => groups.promptOf.indexOf(g));
    const [runs, products] = [
      replicateRun(units, lags),
      replicateProducts(units, { basis, firsts, lags }),
    ];
    const atOnce = STRETCHES_AT_ONCE;
    const boundaryCount = (atOnce + 1) * lags;
    const others: Need[] = [
      ...[...runs.needs(1), ...products.needs(1)],
      { type: 'float64', length: UNITS_AT_ONCE, count: boundaryCount },
    ];
    const sets = replicateSets(units, lags);
    if (!isPossible([...others, ...sets.needs(1)])) return accumulateMoments(options);
    const { memory, fresh } = memoryFor(sets, source, { groups, atOnce, others });
    const [run, withDesign] = [runs.in(memory)(), products.in(memory)()];
    const boundaries = Array.from(
      { length: atOnce + 1 },
      (): Boundary => Array.from({ length: lags }, () => memory.float64(UNITS_AT_ONCE)),
    );
    const end = boundaries[atOnce];
    const ranges = rangesOf(units, UNITS_AT_ONCE);
    const gathering = replicatesOf(fresh, { shifted });
    const coming = gatherByPrompt(source, groups, gathering, { memory, atOnce });
    for await (const { add, whole } of coming) {
      const ending = whole.map((stretches) => {
        const before = boundaries.slice(0, stretches.owns.length);
        return [run.add(stretches, before), withDesign.add(stretches, before)];
      });
      for (const range of ranges) {
        add(range);
        for (const addTo of ending.flat()) addTo(range);
      }
    }
    const addEnd = withDesign.end(end);
    for (const range of ranges) {
      run.end(range, end);
      addEnd(range);
    }
    const tiles = withDesign.tiles();
    const at = run.broken();
    const first = at && { where: groups.prompts[at.stretch], unit: at.unit };
    const sums = run.sums();
    const broken = findBrokenUnits({ sums, tiles, volumes, first, policy });
    return { volumes, units, lags, ...sums, tiles, broken };
  };
}
