import { inverse, Matrix } from 'ml-matrix';

/**
 * t and F of least squares by the textbook: b = (X'X)^-1 X'y, var = s^2 c'(X'X)^-1 c. With `demeaned`,
 * data and regressors lose their means first and the constant is not counted, as film_gls has it.
 */
export function leastSquares(
  rows: readonly (readonly number[])[], // [volumes][columns]
  data: readonly (readonly number[])[], // [volumes][units]
  { demeaned = false } = {},
) {
  const centred = (values: readonly (readonly number[])[]) => {
    const matrix = new Matrix(values.map((row) => [...row]));
    return demeaned ? matrix.subRowVector(matrix.mean('column')) : matrix;
  };
  const [x, y] = [centred(rows), centred(data)];
  const unscaled = inverse(x.transpose().mmul(x));
  const effects = unscaled.mmul(x.transpose()).mmul(y); // [columns, units]
  const residuals = Matrix.sub(y, x.mmul(effects));
  const dof = x.rows - x.columns;
  const variance = Array.from({ length: y.columns }, (_, u) => {
    const own = residuals.getColumn(u);
    return own.reduce((sum, r) => sum + r * r, 0) / dof;
  }); // [units]
  const t = (weights: readonly number[]) => {
    const c = Matrix.rowVector([...weights]);
    const scale = c.mmul(unscaled).mmul(c.transpose()).get(0, 0);
    const effect = c.mmul(effects).getRow(0);
    return effect.map((value, u) => value / Math.sqrt(scale * variance[u]));
  };
  return { t, dof };
}
