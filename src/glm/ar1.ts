import { inverse, Matrix } from 'ml-matrix';
import type { Basis } from './basis.js';
import type { Moments } from './moments.js';

/** Steps of the AR(1) coefficient in 1: nilearn fits one model a hundredth. */
export const BINS = 100;

/** Sums of the basis's rows q_t that whitening needs. */
export interface BasisMoments {
  /** Sum of q_t q_(t-1)' + q_(t-1) q_t'. */
  readonly lagged: Float64Array; // [columns, columns]
  /** Sum of q_t. */
  readonly total: Float64Array; // [columns]
  readonly first: Float64Array; // [columns]
  readonly last: Float64Array; // [columns]
}

/** The basis's own sums. */
export function basisMoments({ q, rows, columns }: Basis): BasisMoments {
  const lagged = new Float64Array(columns * columns);
  const total = new Float64Array(columns);
  for (let t = 0; t < rows; t++) {
    const now = t * columns;
    const before = now - columns;
    for (let i = 0; i < columns; i++) {
      total[i] += q[now + i];
      if (t === 0) continue;
      for (let j = 0; j < columns; j++) {
        lagged[i * columns + j] += q[now + i] * q[before + j] + q[before + i] * q[now + j];
      }
    }
  }
  const end = (rows - 1) * columns;
  return { lagged, total, first: q.slice(0, columns), last: q.slice(end, end + columns) };
}

/** Sums of squares and lagged products of OLS residuals, and what their mean needs. */
interface Residuals {
  readonly squares: Float64Array; // [units]
  readonly lagged: Float64Array; // [units]
  readonly total: Float64Array; // [units]
  /** First plus last residual. */
  readonly ends: Float64Array; // [units]
}

/** With b = Q'd: r'r = d'd - b'b, and sum r_t r_(t-1) = S1 - b'A1 + b'M1 b / 2. */
function olsResiduals(moments: Moments, basis: BasisMoments): Residuals {
  const p = basis.total.length;
  const b = new Float64Array(p);
  const perUnit = () => new Float64Array(moments.units);
  const out = { squares: perUnit(), lagged: perUnit(), total: perUnit(), ends: perUnit() };
  for (const { firstUnit, units, stride, sums } of moments.tiles) {
    for (let u = 0; u < units; u++) {
      const unit = firstUnit + u;
      let squares = moments.squares[unit];
      let lagged = moments.lagged[unit];
      let total = moments.total[unit];
      let ends = moments.first[unit] + moments.last[unit];
      for (let i = 0; i < p; i++) b[i] = sums[i * stride + u];
      for (let i = 0; i < p; i++) {
        let row = 0;
        for (let j = 0; j < p; j++) row += basis.lagged[i * p + j] * b[j];
        squares -= b[i] * b[i];
        lagged += b[i] * (row / 2 - sums[(p + i) * stride + u]);
        total -= b[i] * basis.total[i];
        ends -= b[i] * (basis.first[i] + basis.last[i]);
      }
      out.squares[unit] = squares;
      out.lagged[unit] = lagged;
      out.total[unit] = total;
      out.ends[unit] = ends;
    }
  }
  return out;
}

/**
 * Each unit's AR(1) coefficient in hundredths: OLS residuals less their mean over all units and
 * volumes, rho = [S_1 / (n - 1)] / [S_0 / n], truncated toward zero. A unit that the design explains
 * entirely (residuals below `smallest` of its squares) has 0.
 * Source: nilearn.glm.first_level.run_glm, nilearn.glm.regression.ARModel (Yule-Walker).
 */
export function ar1Bins(moments: Moments, basis: BasisMoments, smallest: number): Int8Array {
  const { volumes: n, units, squares } = moments;
  const residuals = olsResiduals(moments, basis);
  const mean = residuals.total.reduce((a, b) => a + b, 0) / (n * units);
  const bins = new Int8Array(units);
  for (let u = 0; u < units; u++) {
    if (residuals.squares[u] <= smallest * squares[u]) continue;
    const total = residuals.total[u];
    const s0 = residuals.squares[u] - 2 * mean * total + n * mean * mean;
    const s1 = residuals.lagged[u] - mean * (2 * total - residuals.ends[u]) + (n - 1) * mean * mean;
    bins[u] = Math.max(-BINS, Math.min(BINS, Math.trunc((s1 / (n - 1) / (s0 / n)) * BINS)));
  }
  return bins;
}

/** Inverse of the whitened basis's Q'W'WQ = I - rho M1 + rho^2 (I - q_T q_T'). */
export function whitenedInverse(basis: BasisMoments, rho: number): Float64Array {
  const p = basis.total.length;
  const cross = new Matrix(p, p);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) {
      const same = i === j ? 1 + rho * rho : 0;
      const end = rho * rho * basis.last[i] * basis.last[j];
      cross.set(i, j, same - rho * basis.lagged[i * p + j] - end);
    }
  }
  return Float64Array.from(inverse(cross).to1DArray()); // [columns, columns]
}
