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
  const products = new Float64Array((1 + lags) * units);
  const total = new Float64Array(units);
  const ends = new Float64Array(lags * units);
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
      products[unit] = squares;
      total[unit] = sum;
      let end = 0;
      for (let lag = 0; lag < lags; lag++) {
        const matrix = lag * p * p;
        const at = (1 + lag) * p * stride + u;
        let product = moments.lagged[lag * units + unit];
        end += moments.first[lag * units + unit] + moments.last[lag * units + unit];
        for (let i = 0; i < p; i++) {
          let row = 0;
          for (let j = 0; j < p; j++) row += basis.lagged[matrix + i * p + j] * b[j];
          product += b[i] * (row / 2 - sums[at + i * stride]);
          end -= b[i] * (basis.first[lag * p + i] + basis.last[lag * p + i]);
        }
        products[(1 + lag) * units + unit] = product;
        ends[lag * units + unit] = end;
      }
    }
  }
  return { products, total, ends };
}
