import type { Weights } from '../design/basis.js';

/**
 * What a few sums over stretches of volumes weigh in those that AR(N) needs of a run's shifted values d:
 * for each lag l from 0, the sum of q_t d_t, then of (q_(t+l) + q_(t-l)) d_t, with q the rows of the
 * design's basis, zeros beyond its ends.
 *
 * Volumes of a stretch share a row q, so the sum of its d weighs q, and 2 q at every lag. Where the next
 * stretch, of row r, begins, q_(t+l) is r for the last l volumes before, and r_(t-l) is q for the first l
 * after: so the sum of those d less the sum of these weighs r - q at lag l. The run's ends are such
 * boundaries too.
 * @param firsts each stretch's first volume; stretches have no fewer volumes than there are lags
 * @returns rows in time: a boundary's sums by lag, then the sum of the stretch after it; columns lag by
 *   lag // [stretches (1 + lags) + lags, (1 + lags) columns]
 */
export function replicateWeights(basis: Weights, firsts: readonly number[], lags: number): Weights {
  const p = basis.columns;
  const none = new Float64Array(p);
  const rowOf = (stretch: number) => {
    const first = firsts[stretch] as number | undefined; // none beyond the run's ends
    return first === undefined ? none : basis.q.subarray(first * p, (first + 1) * p);
  };
  const columns = (1 + lags) * p;
  const rows: Float64Array[] = [];
  for (let stretch = 0; stretch <= firsts.length; stretch++) {
    const [before, q] = [rowOf(stretch - 1), rowOf(stretch)];
    for (let lag = 1; lag <= lags; lag++) {
      const step = new Float64Array(columns);
      for (let j = 0; j < p; j++) step[lag * p + j] = q[j] - before[j];
      rows.push(step);
    }
    if (stretch === firsts.length) continue;
    rows.push(Float64Array.from({ length: columns }, (_, c) => (c < p ? 1 : 2) * q[c % p]));
  }
  const q = new Float64Array(rows.length * columns);
  for (const [r, own] of rows.entries()) q.set(own, r * columns);
  return { rows: rows.length, columns, q };
}
