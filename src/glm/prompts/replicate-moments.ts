import type { Arrivals, Block, Series } from '../../core/series.js';
import { findBrokenUnits } from '../fit/broken-units.js';
import { type accumulateMoments, checkSeries, sumSeries } from '../fit/moments.js';
import type { PromptGroups } from './prompts.js';
import { startReplicateRun } from './replicate-run.js';
import { replicateWeights } from './replicate-weights.js';
import { replicateSums } from './replicates.js';

/**
 * As accumulateMoments for uncensored volumes in stretches (replicateStretches), from a few sums of each
 * (replicateWeights), so that those of different events may come in any order (`arriving`): then they
 * are summed in this thread, as others are at work on what comes.
 * Where a value is not finite, the error names the stretch.
 */
export function momentsOfReplicates(
  groups: PromptGroups,
  arriving: Arrivals | undefined,
): typeof accumulateMoments {
  return async ({ series, basis, lags, shifted, censored, broken: policy = 'refuse' }) => {
    checkSeries(series, basis);
    if (censored?.includes(1)) throw new Error('sums of stretches hold all their volumes');
    const { volumes, units } = series;
    const run = startReplicateRun(units, lags);
    async function* rows(): AsyncGenerator<Float64Array> {
      for await (const own of replicateSums(arriving ?? series, groups, { shifted, lags }))
        yield* run.add(own);
      yield* run.end();
    }
    async function* blocks(): AsyncGenerator<Block> {
      let first = 0;
      for await (const values of rows()) yield { first: first++, volumes: 1, values };
    }
    const firsts = groups.prompts.map((_, g) => groups.promptOf.indexOf(g));
    const weights = replicateWeights(basis, firsts, lags);
    const weighed: Series = { volumes: weights.rows, units, blocks };
    const how = { basis: weights, lags: 0, shifted: false, ...(arriving && { threads: 0 }) };
    const { tiles, broken: at } = await sumSeries({ series: weighed, ...how });
    const stretchOf = (row: number) => Math.min(Math.floor(row / (1 + lags)), firsts.length - 1);
    const first = at && { where: groups.prompts[stretchOf(at.volume)], unit: at.unit };
    const { sums } = run;
    const broken = findBrokenUnits({ sums, tiles, volumes, first, policy });
    return { volumes, units, lags, ...sums, tiles, broken };
  };
}
