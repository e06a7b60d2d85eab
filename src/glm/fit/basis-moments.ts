import type { Basis } from '../design/basis.js';

/** Sums of the basis's rows q_t that whitening needs; lags count from 1. */
export interface BasisMoments {
  readonly columns: number;
  readonly lags: number;
  /** Sum of q_t q_(t-l)' + q_(t-l) q_t', by lag. */
  readonly lagged: Float64Array; // [lags, columns, columns]
  /** Sum of q_t. */
  readonly total: Float64Array; // [columns]
  /** q_0, q_1, ... */
  readonly first: Float64Array; // [lags, columns]
  /** q_(n-1), q_(n-2), ... */
  readonly last: Float64Array; // [lags, columns]
}

/** The basis's own sums. */
export function basisMoments({ q, rows, columns }: Basis, lags: number): BasisMoments {
  const size = columns * columns;
  const lagged = new Float64Array(lags * size);
  const total = new Float64Array(columns);
  const row = (t: number) => q.subarray(t * columns, (t + 1) * columns);
  for (let t = 0; t < rows; t++) {
    const now = row(t);
    for (let i = 0; i < columns; i++) total[i] += now[i];
    for (let lag = 1; lag <= Math.min(lags, t); lag++) {
      const before = row(t - lag);
      const sum = lagged.subarray((lag - 1) * size, lag * size);
      for (let i = 0; i < columns; i++) {
        for (let j = 0; j < columns; j++) {
          sum[i * columns + j] += now[i] * before[j] + before[i] * now[j];
        }
      }
    }
  }
  const ends = (at: (lag: number) => number) => {
    const found = new Float64Array(lags * columns);
    for (let k = 0; k < lags; k++) found.set(row(at(k)), k * columns);
    return found; // [lags, columns]
  };
  return { columns, lags, lagged, total, first: ends((k) => k), last: ends((k) => rows - 1 - k) };
}
