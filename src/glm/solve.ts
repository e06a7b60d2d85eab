import { type BasisMoments, BINS, whitenedInverse } from './ar1.js';
import type { Moments } from './moments.js';

/** Part of a sum of squares that rounding alone can leave: below it a fit counts as exact. */
export const ROUNDING = 2 ** -48;

/** The whitened least-squares solution of every unit. */
export interface Solution {
  /** Effects in the orthonormal basis, of the data less the shift. */
  readonly beta: Float64Array; // [units, columns]
  /** Residual variance after whitening. */
  readonly sigma2: Float64Array; // [units]
  /** Variance of the fitted over that of the whitened data, as nilearn's. */
  readonly rSquare: Float64Array; // [units]
  /** Inverse of the whitened basis's cross products, by bin + 100; those no unit needs are absent. */
  readonly inverses: readonly (Float64Array | undefined)[]; // [2 * 100 + 1][columns, columns]
}

/**
 * Least squares after whitening, which takes rho times the row before from each row, the first
 * unscaled. With d the shifted data, A0, A1, S0 and S1 the sums of moments.ts (q_t d_t, its neighbours,
 * d squared, d lagged), and q_T, d_T the last row:
 * X'y = A0 - rho A1 + rho^2 (A0 - q_T d_T), y'y = S0 - 2 rho S1 + rho^2 (S0 - d_T^2),
 * sigma2 = SSE / (n - columns). Source: nilearn.glm.regression (OLSModel, ARModel), with its sums
 * multiplied out. SSE below rounding is taken as the rounding, so that t stays finite.
 */
export function solveUnits(options: {
  readonly moments: Moments;
  readonly basis: BasisMoments;
  /** AR(1) coefficient in hundredths. */
  readonly bins: Int8Array; // [units]
}): Solution {
  const { moments, basis, bins } = options;
  const { volumes: n, units } = moments;
  const p = basis.total.length;
  const inverses = new Array<Float64Array | undefined>(2 * BINS + 1).fill(undefined);
  const beta = new Float64Array(units * p); // [units, columns]
  const sigma2 = new Float64Array(units);
  const rSquare = new Float64Array(units);
  const xy = new Float64Array(p);

  for (const tile of moments.tiles) {
    const { stride, sums: a } = tile;
    for (let u = 0; u < tile.units; u++) {
      const unit = tile.firstUnit + u;
      const rho = bins[unit] / BINS;
      const rho2 = rho * rho;
      const last = moments.last[unit];
      for (let j = 0; j < p; j++) {
        const now = a[j * stride + u];
        xy[j] = now;
        if (rho !== 0) xy[j] += rho2 * (now - basis.last[j] * last) - rho * a[(p + j) * stride + u];
      }
      const squares = moments.squares[unit];
      const yy = squares - 2 * rho * moments.lagged[unit] + rho2 * (squares - last * last);
      const total = moments.total[unit] - rho * (moments.total[unit] - last);

      inverses[bins[unit] + BINS] ??= whitenedInverse(basis, rho);
      const inverse = inverses[bins[unit] + BINS]!;
      let explained = 0;
      let residualTotal = total;
      for (let i = 0; i < p; i++) {
        let b = 0;
        for (let j = 0; j < p; j++) b += inverse[i * p + j] * xy[j];
        beta[unit * p + i] = b;
        explained += b * xy[i];
        residualTotal -= b * (basis.total[i] - rho * (basis.total[i] - basis.last[i]));
      }
      const sse = Math.max(yy - explained, ROUNDING * yy);
      sigma2[unit] = sse / (n - p);

      // r^2 is of the data as they came: the shift s adds s (1, 1 - rho, 1 - rho, ...) to whitened d.
      const s = moments.shift[unit];
      const meanY = (total + s * (n - (n - 1) * rho)) / n;
      const meanR = residualTotal / n;
      const varianceY =
        yy / n - (total / n) ** 2 + (s * rho * (s * rho * (n - 1) - 2 * total)) / (n * n);
      const varianceFit = varianceY - sse / n + meanR * (2 * meanY - meanR);
      rSquare[unit] = varianceY > 0 ? varianceFit / varianceY : 0;
    }
  }
  return { beta, sigma2, rSquare, inverses };
}
