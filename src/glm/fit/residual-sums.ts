import type { BasisMoments } from './basis-moments.js';
import type { Moments } from './moments.js';

/** What the autocovariances of OLS residuals r_t need; lags count from 1. */
export interface ResidualSums {
  /** Sum of r_t r_(t-l), from lag 0. */
  readonly products: Float64Array; // [1 + lags, units]
  /** Sum of r_t. */
  readonly total: Float64Array; // [units]
  /** Sum of the first l and the last l residuals. */
  readonly ends: Float64Array; // [lags, units]
}

/**
 * From the sums of the one pass, with b = Q'd the effects, A_l and M_l the lagged sums of data and basis:
 * r'r = d'd - b'b, and sum r_t r_(t-l) = S_l - b'A_l + b'M_l b / 2.
 */
export function olsResidualSums(moments: Moments, basis: BasisMoments): ResidualSums {
  const { units, lags } = moments;
  const p = basis.columns;
  const b = new Float64Array(p);
  const ends = basis.first.map((first, i) => first + basis.last[i]); // [lags, columns]
  const into = {
    products: new Float64Array((1 + lags) * units),
    total: new Float64Array(units),
    ends: new Float64Array(lags * units),
  };
  for (const tile of moments.tiles) {
    const { stride, sums } = tile;
    for (let u = 0; u < tile.units; u++) {
      const unit = tile.firstUnit + u;
      let squares = moments.squares[unit];
      let sum = moments.total[unit];
      for (let i = 0; i < p; i++) {
        b[i] = sums[i * stride + u];
        squares -= b[i] * b[i];
        sum -= b[i] * basis.total[i];
      }
      into.products[unit] = squares;
      into.total[unit] = sum;
      let end = 0;
      for (let lag = 0; lag < lags; lag++) {
        const at = (1 + lag) * p * stride + u;
        const data = lag * units + unit;
        let product = moments.lagged[data] + halfForm(basis.lagged, lag * p * p, b);
        end += moments.first[data] + moments.last[data];
        for (let i = 0; i < p; i++) {
          product -= b[i] * sums[at + i * stride];
          end -= b[i] * ends[lag * p + i];
        }
        into.products[(1 + lag) * units + unit] = product;
        into.ends[data] = end;
      }
    }
  }
  return into;
}

/** b'M b / 2 of a symmetric matrix that begins at `at`, from its lower triangle. */
function halfForm(matrix: Float64Array, at: number, b: Float64Array): number {
  const p = b.length;
  let half = 0;
  for (let i = 0; i < p; i++) {
    const from = at + i * p;
    let row = (matrix[from + i] * b[i]) / 2;
    for (let j = 0; j < i; j++) row += matrix[from + j] * b[j];
    half += b[i] * row;
  }
  return half;
}
