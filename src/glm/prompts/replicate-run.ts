import type { ShiftedSums } from '../fit/moment-tile.js';
import type { ReplicateSums } from './replicates.js';

/** A run's sums that need no design, as its stretches are added one after the other. */
export interface ReplicateRun {
  readonly sums: ShiftedSums;
  /**
   * The rows that replicateWeights weighs: by lag, the sum of the volumes before the stretch less that of
   * its first ones; and the stretch's sum. They are there until the next stretch is added.
   */
  add(stretch: ReplicateSums): Float64Array[]; // [lags + 1][units]
  /** The rows of the run's end. */
  end(): Float64Array[]; // [lags][units]
}

export function startReplicateRun(units: number, lags: number): ReplicateRun {
  const [shift, total, squares] = [0, 1, 2].map(() => new Float64Array(units));
  const [lagged, first, last] = [0, 1, 2].map(() => new Float64Array(lags * units));
  const sums: ShiftedSums = { shift, total, squares, lagged, first, last };
  const boundary = Array.from({ length: lags }, () => new Float64Array(units));
  const row = (of: Float64Array, k: number) => of.subarray(k * units, (k + 1) * units);
  return {
    sums,
    add(own) {
      if (own.prompt === 0) {
        shift.set(own.shift);
        for (const [k, values] of own.first.entries()) row(first, k).set(values);
      }
      for (const [l, into] of boundary.entries()) {
        const sum = row(lagged, l);
        addLag({ sum, into, before: row(last, l), newest: row(last, 0) }, own, l);
        for (let k = 0; k < l; k++) addProducts(sum, own.first[k], row(last, l - k));
        if (l > 0) addTo(into, boundary[l - 1]);
      }
      addSums(sums, own);
      for (const [k, values] of own.last.entries()) row(last, k).set(values);
      return [...boundary, own.sums];
    },
    end() {
      for (const [l, into] of boundary.entries()) {
        into.set(row(last, l));
        if (l > 0) addTo(into, boundary[l - 1]);
      }
      return boundary;
    },
  };
}

function addSums({ total, squares }: ShiftedSums, own: ReplicateSums): void {
  for (let u = 0; u < total.length; u++) {
    total[u] += own.sums[u];
    squares[u] += own.squares[u];
  }
}

/** Products within the stretch and at its boundary, and the boundary's sum: in one loop, which waits for memory. */
function addLag(
  to: Readonly<Record<'sum' | 'into' | 'before' | 'newest', Float64Array>>, // [units]
  own: ReplicateSums,
  l: number,
): void {
  const { sum, into, before, newest } = to;
  const [within, first] = [own.lagged[l], own.first[l]];
  for (let u = 0; u < sum.length; u++) {
    sum[u] += within[u] + first[u] * newest[u];
    into[u] = before[u] - first[u];
  }
}

function addTo(sums: Float64Array, values: Float64Array): void {
  for (let u = 0; u < sums.length; u++) sums[u] += values[u];
}

function addProducts(sums: Float64Array, a: Float64Array, b: Float64Array): void {
  for (let u = 0; u < sums.length; u++) sums[u] += a[u] * b[u];
}
