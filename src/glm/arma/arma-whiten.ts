import { CholeskyDecomposition, inverse, Matrix } from 'ml-matrix';
import type { Basis } from '../design/basis.js';

/** The filter that makes ARMA(1,1) noise of variance 1 white: w_t = scale_t (y_t - a y_(t-1) - theta_t v_(t-1)), v = w / scale. */
export interface ArmaFilter {
  readonly a: number;
  readonly theta: Float64Array; // [volumes]
  readonly scale: Float64Array; // [volumes]
  /** Log determinant of the correlation matrix. */
  readonly logDeterminant: number;
}

/** Correlation of neighbouring volumes, (b + a)(1 + a b) / (1 + 2 a b + b^2); at lag k it is a^(k-1) times that. */
export function lagOne(a: number, b: number): number {
  return ((b + a) * (1 + a * b)) / (1 + 2 * a * b + b * b);
}

/**
 * The innovations of y_t = a y_(t-1) + e_t + b e_(t-1), exact from the first volume.
 * Source: Brockwell and Davis 2002, Introduction to Time Series, example 5.3.4 (ARMA(1,1)).
 */
export function armaFilter(a: number, b: number, volumes: number): ArmaFilter {
  const noise = (1 - a * a) / (1 + 2 * a * b + b * b); // variance of e where y has 1
  const theta = new Float64Array(volumes);
  const scale = new Float64Array(volumes);
  let r = 1 / noise;
  let logDeterminant = 0;
  for (let t = 0; t < volumes; t++) {
    if (t > 0) {
      theta[t] = b / r;
      r = 1 + b * b - (b * b) / r;
    }
    scale[t] = 1 / Math.sqrt(noise * r);
    logDeterminant += Math.log(noise * r);
  }
  return { a, theta, scale, logDeterminant };
}

/** Sum of squares of the whitened data. */
export function whitenedSquares({ a, theta, scale }: ArmaFilter, y: Float64Array): number {
  let [sum, v, before] = [0, 0, 0];
  for (let t = 0; t < y.length; t++) {
    v = y[t] - a * before - theta[t] * v;
    before = y[t];
    const w = v * scale[t];
    sum += w * w;
  }
  return sum;
}

/** Whitens a design column. */
function whitened({ a, theta, scale }: ArmaFilter, x: Float64Array): Float64Array {
  let [v, before] = [0, 0];
  return x.map((value, t) => {
    v = value - a * before - theta[t] * v;
    before = value;
    return v * scale[t];
  });
}

/** The whitening filter's transpose. */
function transposed({ a, theta, scale }: ArmaFilter, z: Float64Array): Float64Array {
  const out = new Float64Array(z.length);
  let after = 0;
  for (let t = z.length - 1; t >= 0; t--) {
    const u = z[t] * scale[t] - (t + 1 < z.length ? theta[t + 1] * after : 0);
    out[t] = u - a * after;
    after = u;
  }
  return out;
}

/** One pair (a, b), with what it needs of the design. */
export interface ArmaPoint {
  readonly b: number;
  readonly filter: ArmaFilter;
  /** Weights f with f y = the effects in the orthonormal basis of the whitened design. */
  readonly weights: Float64Array; // [columns, volumes]
  /** From that basis to the design's columns. */
  readonly inverseR: Float64Array; // [columns, columns]
  /** Log determinants of R and of X'R^-1 X, but for a constant of X. */
  readonly penalty: number;
}

/** A pair (a, b) worked out for a design; the basis's columns keep the cross products well conditioned. */
export function armaPoint(basis: Basis, a: number, b: number): ArmaPoint {
  const { q, rows: n, columns: p } = basis;
  const filter = armaFilter(a, b, n);
  const columns = Array.from({ length: p }, (_, j) =>
    whitened(
      filter,
      Float64Array.from({ length: n }, (_, t) => q[t * p + j]),
    ),
  ); // [columns][volumes]
  const x = new Matrix(columns.map((column) => Array.from(column)));
  const lower = new CholeskyDecomposition(x.mmul(x.transpose())).lowerTriangularMatrix;
  const inverseLower = inverse(lower);
  const weights = new Float64Array(p * n); // [columns, volumes]
  inverseLower
    .mmul(x)
    .to2DArray()
    .forEach((row, j) => {
      weights.set(transposed(filter, Float64Array.from(row)), j * n);
    });
  const logDeterminant = lower.diagonal().reduce((sum, value) => sum + 2 * Math.log(value), 0);
  const inverseR = Matrix.from1DArray(p, p, basis.inverseR).mmul(inverseLower.transpose());
  return {
    b,
    filter,
    weights,
    inverseR: Float64Array.from(inverseR.to1DArray()),
    penalty: filter.logDeterminant + logDeterminant,
  };
}
