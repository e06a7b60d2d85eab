import type { Weights } from '../design/basis.js';

/** What a few sums over stretches of volumes weigh in those that AR(N) needs. */
export interface ReplicateWeights {
  /** Of a stretch's sum, at lag 0 and twice at each other. */
  readonly own: Float64Array; // [stretches, columns]
  /** Of the sum at a boundary by lag, at that lag: before each stretch, and after the last. */
  readonly steps: Float64Array; // [stretches + 1, columns]
}

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
 */
export function replicateWeights(
  { q, columns }: Weights,
  firsts: readonly number[],
): ReplicateWeights {
  const none = new Float64Array(columns);
  const rowOf = (stretch: number) => {
    const first = firsts[stretch] as number | undefined; // none beyond the run's ends
    return first === undefined ? none : q.subarray(first * columns, (first + 1) * columns);
  };
  const own = new Float64Array(firsts.length * columns);
  const steps = new Float64Array((firsts.length + 1) * columns);
  for (let stretch = 0; stretch <= firsts.length; stretch++) {
    const [before, row] = [rowOf(stretch - 1), rowOf(stretch)];
    if (stretch < firsts.length) own.set(row, stretch * columns);
    for (let j = 0; j < columns; j++) steps[stretch * columns + j] = row[j] - before[j];
  }
  return { own, steps };
}
