import type { Weights } from '../design/basis.js';

/** Consecutive volumes of a run that share a row of its design. */
export interface Replicates {
  /** Volume. */
  readonly first: number;
  readonly volumes: number;
}

/** Volumes at either end of a stretch that lags tell from the others. */
export const endsOf = ({ volumes }: Replicates, lags: number): number => Math.min(lags, volumes);

/**
 * What a few sums of each stretch weigh in those that AR(N) needs of a run's shifted values d: for each
 * lag l from 0, the sum of q_t d_t, then of (q_(t+l) + q_(t-l)) d_t, with q the rows of the design's basis,
 * zeros beyond its ends. A stretch has rows for the sum of its d, for its first volumes and for its last
 * ones, from the end: within it q_(t+l) = q_(t-l) = q_t, so its sum weighs 2 q_t, and the l volumes at
 * either end make up for the rows that lie beyond.
 * @returns columns lag by lag // [rows of all stretches, (1 + lags) columns]
 */
export function replicateWeights(
  basis: Weights,
  stretches: readonly Replicates[],
  lags: number,
): Weights {
  const { rows, columns: p } = basis;
  const row = (t: number) =>
    t >= 0 && t < rows ? basis.q.subarray(t * p, (t + 1) * p) : new Float64Array(p);
  const columns = (1 + lags) * p;
  /** A row of weights, from what each lag gives. */
  const weighed = (of: (lag: number) => (j: number) => number) =>
    Float64Array.from({ length: columns }, (_, c) => of(Math.floor(c / p))(c % p));
  const own = stretches.flatMap((stretch) => {
    const { first, volumes } = stretch;
    const q = row(first);
    /** Of a volume k volumes from an end, where the row beyond that end is that of volume at(lag). */
    const ofEnd = (k: number, at: (lag: number) => number) =>
      weighed((lag) => (lag > k ? (j) => row(at(lag))[j] - q[j] : () => 0));
    const ends = [...new Array(endsOf(stretch, lags)).keys()];
    return [
      weighed((lag) => (j) => (lag === 0 ? 1 : 2) * q[j]),
      ...ends.map((k) => ofEnd(k, (lag) => first + k - lag)),
      ...ends.map((k) => ofEnd(k, (lag) => first + volumes - 1 - k + lag)),
    ];
  });
  const q = new Float64Array(own.length * columns);
  for (const [r, weights] of own.entries()) q.set(weights, r * columns);
  return { rows: own.length, columns, q };
}
