import type { Arrivals, Block, Series } from '../../core/series.js';
import { findBrokenUnits } from '../fit/broken-units.js';
import type { ShiftedSums } from '../fit/moment-tile.js';
import { type accumulateMoments, checkSeries, sumSeries } from '../fit/moments.js';
import type { PromptGroups } from './prompts.js';
import { endsOf, type Replicates, replicateWeights } from './replicate-weights.js';
import { type ReplicateSums, replicateSums } from './replicates.js';

/** The stretches that replicateStretches found, which follow one another. */
function replicatesOf({ counts, promptOf }: PromptGroups): Replicates[] {
  return Array.from(counts, (volumes, g) => ({ first: promptOf.indexOf(g), volumes }));
}

/**
 * As accumulateMoments for uncensored volumes in stretches (replicateStretches), from a few sums of each
 * (replicateWeights), so that those of different events may come in any order (`arriving`).
 * Where a value is not finite, the error names the stretch.
 */
export function momentsOfReplicates(
  groups: PromptGroups,
  arriving: Arrivals | undefined,
): typeof accumulateMoments {
  const stretches = replicatesOf(groups);
  return async ({ series, basis, lags, shifted, broken: policy = 'refuse' }) => {
    checkSeries(series, basis);
    const { volumes, units } = series;
    const run = startSums(units, lags);
    const stretchOf: number[] = []; // of each row
    async function* blocks(): AsyncGenerator<Block> {
      for await (const own of replicateSums(arriving ?? series, groups, { shifted, lags })) {
        const stretch = stretches[own.prompt];
        addStretch(run, own, stretch);
        const ends = endsOf(stretch, lags);
        for (const values of [own.sums, ...own.first.slice(0, ends), ...own.last.slice(0, ends)]) {
          yield { first: stretchOf.length, volumes: 1, values };
          stretchOf.push(own.prompt);
        }
      }
    }
    const weights = replicateWeights(basis, stretches, lags);
    const rows: Series = { volumes: weights.rows, units, blocks };
    const found = await sumSeries({ series: rows, basis: weights, lags: 0, shifted: false });
    const { tiles, broken: at } = found;
    const first = at && { where: groups.prompts[stretchOf[at.volume]], unit: at.unit };
    const broken = findBrokenUnits({ sums: run, tiles, volumes, first, policy });
    return { volumes, units, lags, ...run, tiles, broken };
  };
}

function startSums(units: number, lags: number): ShiftedSums {
  const [shift, total, squares] = [0, 1, 2].map(() => new Float64Array(units));
  const [lagged, first, last] = [0, 1, 2].map(() => new Float64Array(lags * units));
  return { shift, total, squares, lagged, first, last };
}

/** Adds a stretch's sums to those of the stretches before it. */
function addStretch(run: ShiftedSums, own: ReplicateSums, { first, volumes }: Replicates): void {
  const units = own.sums.length;
  const lags = own.lagged.length;
  const ends = Math.min(lags, volumes);
  const row = (of: Float64Array, k: number) => of.subarray(k * units, (k + 1) * units);
  if (first === 0) run.shift.set(own.shift);
  addTo(run.total, own.sums);
  addTo(run.squares, own.squares);
  for (let lag = 1; lag <= lags; lag++) {
    const sum = row(run.lagged, lag - 1);
    addTo(sum, own.lagged[lag - 1]);
    for (let k = 0; k < Math.min(lag, volumes); k++)
      addProducts(sum, own.first[k], row(run.last, lag - 1 - k));
  }
  for (let k = 0; k < ends && first + k < lags; k++) row(run.first, first + k).set(own.first[k]);
  run.last.copyWithin(ends * units, 0); // older ones, where a stretch is shorter than the lags
  for (let k = 0; k < ends; k++) row(run.last, k).set(own.last[k]);
}

function addTo(sums: Float64Array, values: Float64Array): void {
  for (let u = 0; u < sums.length; u++) sums[u] += values[u];
}

function addProducts(sums: Float64Array, a: Float64Array, b: Float64Array): void {
  for (let u = 0; u < sums.length; u++) sums[u] += a[u] * b[u];
}
