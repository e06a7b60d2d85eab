import { correlation } from '../math/correlation.js';

/** Agreement of repeated measurements of the same units. */
export interface Icc {
  /** ICC(3,1): consistency; a shift of a whole run does not count. */
  readonly consistency: number;
  /** ICC(2,1): absolute agreement. */
  readonly agreement: number;
}

/**
 * Intraclass correlations of single measurements in a two-way layout, units by runs; NaN for less than
 * two of either, or where nothing varies. Source: Shrout and Fleiss 1979, ICC(2,1) and ICC(3,1).
 */
export function icc(runs: readonly ArrayLike<number>[]): Icc {
  const k = runs.length;
  const n = runs[0]?.length ?? 0;
  if (k < 2 || n < 2) return { consistency: Number.NaN, agreement: Number.NaN };
  const runMeans = runs.map((run) => mean(run));
  const grand = mean(runMeans);
  let [betweenUnits, total] = [0, 0];
  for (let u = 0; u < n; u++) {
    let unitMean = 0;
    for (const run of runs) {
      unitMean += run[u] / k;
      total += (run[u] - grand) ** 2;
    }
    betweenUnits += k * (unitMean - grand) ** 2;
  }
  const betweenRuns = runMeans.reduce((sum, m) => sum + n * (m - grand) ** 2, 0);
  const rows = betweenUnits / (n - 1);
  const columns = betweenRuns / (k - 1);
  const error = (total - betweenUnits - betweenRuns) / ((n - 1) * (k - 1));
  return {
    consistency: (rows - error) / (rows + (k - 1) * error),
    agreement: (rows - error) / (rows + (k - 1) * error + (k * (columns - error)) / n),
  };
}

/** Mean Pearson correlation over all pairs of maps; NaN for fewer than two. */
export function meanCorrelation(maps: readonly ArrayLike<number>[]): number {
  const pairs = maps.flatMap((a, i) => maps.slice(i + 1).map((b) => correlation(a, b)));
  return mean(pairs);
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}
