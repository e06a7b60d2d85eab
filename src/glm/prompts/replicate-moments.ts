import type { Arrivals, Block, Series } from '../../core/series.js';
import { findBrokenUnits } from '../fit/broken-units.js';
import type { ShiftedSums } from '../fit/moment-tile.js';
import { type accumulateMoments, checkSeries, sumSeries } from '../fit/moments.js';
import type { PromptGroups } from './prompts.js';
import { replicateWeights } from './replicate-weights.js';
import { type ReplicateSums, replicateSums } from './replicates.js';

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
  return async ({ series, basis, lags, shifted, broken: policy = 'refuse' }) => {
    checkSeries(series, basis);
    const { volumes, units } = series;
    const run = startSums(units, lags);
    async function* rows(): AsyncGenerator<Float64Array> {
      const boundary = Array.from({ length: lags }, () => new Float64Array(units));
      for await (const own of replicateSums(arriving ?? series, groups, { shifted, lags })) {
        cross(run, own, boundary);
        addStretch(run, own);
        yield* boundary;
        yield own.sums;
      }
      end(run, boundary);
      yield* boundary;
    }
    async function* blocks(): AsyncGenerator<Block> {
      let first = 0;
      for await (const values of rows()) yield { first: first++, volumes: 1, values };
    }
    const firsts = groups.prompts.map((_, g) => groups.promptOf.indexOf(g));
    const weights = replicateWeights(basis, firsts, lags);
    const found = await sumSeries({
      ...{ series: { volumes: weights.rows, units, blocks } satisfies Series, basis: weights },
      ...{ lags: 0, shifted: false, ...(arriving && { threads: 0 }) },
    });
    const { tiles, broken: at } = found;
    const stretch = (row: number) => Math.min(Math.floor(row / (1 + lags)), firsts.length - 1);
    const first = at && { where: groups.prompts[stretch(at.volume)], unit: at.unit };
    const broken = findBrokenUnits({ sums: run, tiles, volumes, first, policy });
    return { volumes, units, lags, ...run, tiles, broken };
  };
}

function startSums(units: number, lags: number): ShiftedSums {
  const [shift, total, squares] = [0, 1, 2].map(() => new Float64Array(units));
  const [lagged, first, last] = [0, 1, 2].map(() => new Float64Array(lags * units));
  return { shift, total, squares, lagged, first, last };
}

const rowOf = (of: Float64Array, row: number, units: number) =>
  of.subarray(row * units, (row + 1) * units);

/**
 * Adds the products of a stretch's volumes with those before them, its own and others; and sets each lag's
 * sum of the volumes before it less its first ones.
 */
function cross(run: ShiftedSums, own: ReplicateSums, boundary: readonly Float64Array[]): void {
  const units = own.sums.length;
  const last = (k: number) => rowOf(run.last, k, units);
  for (const [l, into] of boundary.entries()) {
    const sum = rowOf(run.lagged, l, units);
    const [within, first, before, newest] = [own.lagged[l], own.first[l], last(l), last(0)];
    for (let u = 0; u < units; u++) {
      sum[u] += within[u] + first[u] * newest[u];
      into[u] = before[u] - first[u];
    }
    if (l > 0) addTo(into, boundary[l - 1]);
    for (let k = 0; k < l; k++) addProducts(sum, own.first[k], last(l - k));
  }
}

/** Adds a stretch's sums to those of the stretches before it. */
function addStretch(run: ShiftedSums, own: ReplicateSums): void {
  const { total, squares } = run;
  const units = total.length;
  for (let u = 0; u < units; u++) {
    total[u] += own.sums[u];
    squares[u] += own.squares[u];
  }
  for (const [k, values] of own.last.entries()) rowOf(run.last, k, units).set(values);
  if (own.prompt > 0) return;
  run.shift.set(own.shift);
  for (const [k, values] of own.first.entries()) rowOf(run.first, k, units).set(values);
}

/** Each lag's sum of the run's last volumes. */
function end(run: ShiftedSums, boundary: readonly Float64Array[]): void {
  for (const [l, into] of boundary.entries()) {
    into.set(rowOf(run.last, l, into.length));
    if (l > 0) addTo(into, boundary[l - 1]);
  }
}

function addTo(sums: Float64Array, values: Float64Array): void {
  for (let u = 0; u < sums.length; u++) sums[u] += values[u];
}

function addProducts(sums: Float64Array, a: Float64Array, b: Float64Array): void {
  for (let u = 0; u < sums.length; u++) sums[u] += a[u] * b[u];
}
