import type { Arrivals } from '../../core/series.js';
import { UNITS_TOGETHER } from '../../math/wasm/row-kernel.js';
import { findBrokenUnits } from '../fit/broken-units.js';
import { chunkWeights, type MomentTile, rangesOf, unitRanges } from '../fit/moment-tile.js';
import { type accumulateMoments, checkSeries } from '../fit/moments.js';
import { startTileProducts } from '../fit/tile-products.js';
import type { PromptGroups } from './prompts.js';
import { STRETCHES_AT_ONCE, startReplicateRun } from './replicate-run.js';
import { replicateWeights } from './replicate-weights.js';
import { replicateSums } from './replicates.js';

/**
 * As accumulateMoments for uncensored volumes in stretches (replicateStretches), from a few sums of each
 * (replicateWeights), so that those of different events may come in any order (`arriving`).
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
    const firsts = groups.prompts.map((_, g) => groups.promptOf.indexOf(g));
    const weights = replicateWeights(basis, firsts, lags);
    const stride = evenStride(unitRanges(units, { basis: weights, lags: 0 }).stride);
    const ranges = rangesOf(units, stride);
    const { columns } = weights;
    const run = startReplicateRun(units, lags);
    const block = new Float64Array((STRETCHES_AT_ONCE * (1 + lags) + lags) * stride);
    const rows = Array.from({ length: block.length / stride }, (_, r) =>
      block.subarray(r * stride, (r + 1) * stride),
    );
    const products = await startTileProducts({ tiles: ranges.length, columns, stride });
    try {
      const how = { shifted, lags, together: STRETCHES_AT_ONCE };
      for await (const stretches of replicateSums(arriving ?? series, groups, how)) {
        const first = stretches[0].prompt * (1 + lags);
        const isEnd = stretches.at(-1)!.prompt === firsts.length - 1;
        const own = stretches.length * (1 + lags);
        const count = own + (isEnd ? lags : 0);
        const chunk = { count, weights: chunkWeights(weights, 0, { first, count }) };
        const addTile = run.add(stretches);
        for (const [i, range] of ranges.entries()) {
          addTile(range, rows.slice(0, own));
          if (isEnd) run.end(range, rows.slice(own, count));
          await products.add(i, { ...chunk, block: block.subarray(0, count * stride) });
        }
      }
    } finally {
      await products.release();
    }
    const tiles = ranges.map(
      (range, i): MomentTile => ({ ...range, stride, sums: products.sums[i] }),
    );
    const at = run.broken();
    const first = at && { where: groups.prompts[at.stretch], unit: at.unit };
    const sums = run.sums();
    const broken = findBrokenUnits({ sums, tiles, volumes, first, policy });
    return { volumes, units, lags, ...sums, tiles, broken };
  };
}

/** A length of tiles that row kernels take at once; odd in their units, as unitRanges' is. */
const evenStride = (stride: number) =>
  UNITS_TOGETHER * (Math.max(0, Math.floor(stride / UNITS_TOGETHER) - 1) | 1);
