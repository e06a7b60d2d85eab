import type { BasisMoments } from './basis-moments.js';

/**
 * The filter that whitens an AR(N) process: row t becomes x_t - rho_1 x_(t-1) - ... - rho_N x_(t-N), with
 * nothing before the first row (nilearn's ARModel.whiten). With a = (1, -rho_1, ..., -rho_N) and
 * g_l = sum_i a_i a_(i+l), the cross products of whitened series are sum_l g_l times their lagged sums,
 * less those of the N rows that the filter would add past the end, e_k = sum_(i >= k) a_i x_(n-1+k-i).
 *
 * One object for many units: `set` overwrites what it holds.
 */
export interface Whitening {
  readonly order: number;
  readonly a: Float64Array; // [1 + order]
  readonly g: Float64Array; // [1 + order]
  /** Sum of a: what is left of a constant. */
  readonly gain: number;
  /** e_1, e_2, ... of the basis. */
  readonly ends: Float64Array; // [order, columns]
  /** Sum of the basis's whitened rows. */
  readonly total: Float64Array; // [columns]
  /** Takes the coefficients that begin at `from`. */
  set(rho: Float64Array, from: number): void;
  /** Q'W'WQ = g_0 I + sum g_l M_l - sum e_k e_k', its lower triangle. */
  cross(into: Float64Array): void; // [columns, columns]
}

export function makeWhitening(basis: BasisMoments, order: number): Whitening {
  const { columns: p, lagged, last } = basis;
  const a = new Float64Array(1 + order).fill(1, 0, 1);
  const g = new Float64Array(1 + order).fill(1, 0, 1);
  const ends = new Float64Array(order * p);
  const total = basis.total.slice();
  let gain = 1;

  function setEnd(k: number): void {
    for (let j = 0; j < p; j++) {
      let sum = 0;
      for (let i = k; i <= order; i++) sum += a[i] * last[(i - k) * p + j];
      ends[(k - 1) * p + j] = sum;
    }
  }

  return {
    order,
    a,
    g,
    ends,
    total,
    get gain() {
      return gain;
    },
    set(rho, from) {
      gain = 1;
      for (let i = 1; i <= order; i++) {
        a[i] = -rho[from + i - 1];
        gain += a[i];
      }
      for (let l = 0; l <= order; l++) {
        let sum = 0;
        for (let i = 0; i + l <= order; i++) sum += a[i] * a[i + l];
        g[l] = sum;
      }
      for (let k = 1; k <= order; k++) setEnd(k);
      for (let j = 0; j < p; j++) {
        total[j] = gain * basis.total[j];
        for (let k = 0; k < order; k++) total[j] -= ends[k * p + j];
      }
    },
    cross(into) {
      for (let i = 0; i < p; i++) {
        for (let j = 0; j <= i; j++) {
          let sum = i === j ? g[0] : 0;
          for (let l = 0; l < order; l++) {
            sum += g[l + 1] * lagged[(l * p + i) * p + j] - ends[l * p + i] * ends[l * p + j];
          }
          into[i * p + j] = sum;
        }
      }
    },
  };
}
