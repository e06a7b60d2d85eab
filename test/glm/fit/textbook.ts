import { inverse, Matrix, solve } from 'ml-matrix';

/** What an AR(N) fit gives for one series. */
export interface TextbookFit {
  readonly rho: readonly number[];
  readonly beta: readonly number[];
  /** Covariance of beta, residual variance included. */
  readonly covariance: Matrix;
  readonly sigma2: number;
  readonly rSquare: number;
  readonly residuals: readonly number[];
  readonly whitened: readonly number[];
}

const variance = (values: readonly number[]) => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
};

const leastSquares = (x: Matrix, y: Matrix) => solve(x.transpose().mmul(x), x.transpose().mmul(y));

/** Each row less its rho times the rows before, row by row. */
function whiten(x: Matrix, rho: readonly number[]): Matrix {
  const rows = x.to2DArray();
  return new Matrix(
    rows.map((row, t) =>
      row.map(
        (v, j) => v - rho.reduce((sum, r, i) => sum + (t > i ? r * rows[t - 1 - i][j] : 0), 0),
      ),
    ),
  );
}

/** The Yule-Walker equations as they stand, with autocovariances over n - l pairs. */
export function toeplitzRho(series: readonly number[], order: number): number[] {
  const n = series.length;
  const covariances = Array.from({ length: order + 1 }, (_, lag) => {
    let sum = 0;
    for (let t = lag; t < n; t++) sum += series[t] * series[t - lag];
    return sum / (n - lag);
  });
  const left = Matrix.zeros(order, order);
  for (let i = 0; i < order; i++) {
    for (let j = 0; j < order; j++) left.set(i, j, covariances[Math.abs(i - j)]);
  }
  return solve(left, Matrix.columnVector(covariances.slice(1))).to1DArray();
}

/** The definition, step by step with the whole data in memory. */
export function textbook(
  x: Matrix, // [volumes, columns]
  y: Matrix, // [volumes, units]
  options: {
    readonly order: number;
    readonly rho?: (residuals: readonly number[]) => readonly number[];
  },
): TextbookFit[] {
  const { order, rho: estimate = (r) => toeplitzRho(r, order) } = options;
  const ols = Matrix.sub(y, x.mmul(leastSquares(x, y)));
  const mean = ols.mean();
  return Array.from({ length: y.columns }, (_, u) => {
    const rho = order === 0 ? [] : estimate(ols.getColumn(u).map((v) => v - mean));
    const own = y.subMatrixColumn([u]);
    const [wx, wy] = [whiten(x, rho), whiten(own, rho)];
    const beta = leastSquares(wx, wy);
    const fitted = wx.mmul(beta);
    const whitened = Matrix.sub(wy, fitted);
    const sigma2 = whitened.norm() ** 2 / (x.rows - x.columns);
    return {
      rho,
      beta: beta.to1DArray(),
      covariance: inverse(wx.transpose().mmul(wx)).mul(sigma2),
      sigma2,
      rSquare: variance(fitted.to1DArray()) / variance(wy.to1DArray()),
      residuals: Matrix.sub(own, x.mmul(beta)).to1DArray(),
      whitened: whitened.to1DArray(),
    };
  });
}

/** nilearn's AR(1) coefficient, truncated to hundredths. */
export const hundredths = (residuals: readonly number[]): number[] =>
  toeplitzRho(residuals, 1).map((rho) => Math.trunc(100 * rho) / 100);
