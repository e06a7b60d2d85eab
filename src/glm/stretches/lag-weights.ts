import { type BasisInStretches, laggedRows } from './basis-in-stretches.js';
import { recurrences } from './recurrence.js';

/** What a few sums over stretches of volumes weigh in those that AR(N) needs. */
export interface LagWeights {
  /** Of the sums of q_t d_t and, after them, of d_0, d_1, ..., d_(n-1), d_(n-2), ..., at each lag. */
  readonly atEnd: readonly Float64Array[]; // [lags][columns + 2 lags, columns]
  /** Of the sum at the boundary before each stretch, at every lag. */
  readonly steps: Float64Array; // [stretches, columns]
}

/** Part of the largest weight that rounding may leave. */
const ROUNDING = 1e-11;

/** What volumes weigh at a lag, as a function of volume and column. */
type VolumeWeight = (t: number, j: number) => number;

/** By lag, what volumes weigh beside C' q_t. */
function restsOf(
  cut: BasisInStretches,
  matrices: readonly (readonly number[][])[],
): VolumeWeight[] {
  const { q, columns } = cut.basis;
  return matrices.map((recurrence, l) => {
    const lagged = laggedRows(cut.basis, l + 1);
    return (t, j) => {
      let rest = lagged(t, j);
      for (let i = 0; i < columns; i++) rest -= recurrence[i][j] * q[t * columns + i];
      return rest;
    };
  });
}

/** The step at the boundary before each stretch: of columns that change within, what the first volume says. */
function stepsOf({ basis, firsts, within }: BasisInStretches, rest: VolumeWeight): Float64Array {
  const { q, columns } = basis;
  const steps = new Float64Array(firsts.length * columns); // [stretches, columns]
  for (const [s, first] of firsts.entries())
    for (let j = 0; s > 0 && j < columns; j++) {
      const change = q[first * columns + j] - q[(first - 1) * columns + j];
      steps[s * columns + j] = j < columns - within ? change : -rest(first, j);
    }
  return steps;
}

/** By lag, what volumes weigh in the sums at the boundaries within that many volumes. */
function boundaryWeights({ basis, firsts }: BasisInStretches, steps: Float64Array) {
  const { rows, columns } = basis;
  const stretchOf = new Int32Array(rows);
  for (const [s, first] of firsts.entries()) stretchOf.fill(s, first);
  return (lag: number): VolumeWeight =>
    (t, j) => {
      const s = stretchOf[t];
      const isNearNext = s + 1 < firsts.length && firsts[s + 1] - t <= lag;
      const ofNext = isNearNext ? steps[(s + 1) * columns + j] : 0;
      return t - firsts[s] < lag ? ofNext - steps[s * columns + j] : ofNext;
    };
}

/**
 * What AR(N) needs of a run's values d are, for each lag l from 0, sums of q_t d_t, then of
 * (q_(t+l) + q_(t-l)) d_t, with q the rows of the design's basis, zeros beyond its ends.
 *
 * Between the ends of stretches these weights are C' q_t (recurrences), so that sums at lag l are C' times
 * those at lag 0. The l last volumes before a boundary weigh a step s besides, the l first after it -s (of
 * columns that do not change within stretches, s is the next stretch's row less this one's): so s weighs the
 * sum of those d less the sum of these. The l first and last volumes of the run have weights of their own.
 *
 * Null for designs of which this is not so, which is found by trying.
 */
export function lagWeights(cut: BasisInStretches, lags: number): LagWeights | null {
  const { q, rows, columns } = cut.basis;
  if (lags === 0) return { atEnd: [], steps: new Float64Array(cut.firsts.length * columns) };
  const matrices = recurrences(cut, lags);
  const rests = restsOf(
    cut,
    matrices.map((matrix) => matrix.to2DArray()),
  );
  const steps = stepsOf(cut, rests[0]);
  const atBoundaries = boundaryWeights(cut, steps);
  const largest = q.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

  const atEnd: Float64Array[] = [];
  for (const [l, matrix] of matrices.entries()) {
    const atBoundary = atBoundaries(l + 1);
    const own = new Float64Array((columns + 2 * lags) * columns);
    own.set(matrix.to1DArray());
    for (let t = 0; t < rows; t++) {
      const fromLast = rows - 1 - t;
      const ofEnd = t <= l ? t : fromLast <= l ? lags + fromLast : null;
      for (let j = 0; j < columns; j++) {
        const left = rests[l](t, j) - atBoundary(t, j);
        if (ofEnd !== null) own[(columns + ofEnd) * columns + j] = left;
        else if (Math.abs(left) > ROUNDING * largest) return null;
      }
    }
    atEnd.push(own);
  }
  return { atEnd, steps };
}
