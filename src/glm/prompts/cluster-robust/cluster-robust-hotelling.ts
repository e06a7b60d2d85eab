import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { RobustWeights } from './cluster-robust-weights.js';

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/** Covariances of two prompts' scores, P_st,gh = [g = h] p_sg'p_tg - (Q_g'p_sg)'(Q_h'p_th), over sigma2. */
function scoreCovariances(
  rows: readonly Pick<RobustWeights, 'adjusted' | 'columnParts'>[],
): (g: number, h: number) => Matrix {
  const p = rows[0].adjusted[0].length;
  const part = (s: number, g: number) => rows[s].columnParts.subarray(g * p, (g + 1) * p);
  return (g, h) => {
    const own = rows.map((row, s) =>
      rows.map(
        (_, t) => (g === h ? dot(row.adjusted[g], part(t, g)) : 0) - dot(part(s, g), part(t, h)),
      ),
    );
    return new Matrix(own); // [rows, rows]
  };
}

/** Omega^(-1/2) of a symmetric positive definite matrix. */
function inverseRoot(omega: Matrix): Matrix {
  const { realEigenvalues, eigenvectorMatrix: v } = new EigenvalueDecomposition(omega, {
    assumeSymmetric: true,
  });
  const scale = realEigenvalues.map((value) => 1 / Math.sqrt(value));
  return v.mmul(Matrix.diag(scale, omega.rows, omega.rows)).mmul(v.transpose());
}

/**
 * The dof eta of the Wishart distribution that a CR2 covariance of q rows is taken to have: scaled to an
 * expectation of I under independent volumes, q (q + 1) over the sum of its elements' variances,
 * sum over prompts g, h of P_st,gh P_ts,gh + P_ss,gh P_tt,gh.
 * Source: Pustejovsky and Tipton 2018, section 3.2 (HTZ); Zhang 2012.
 */
export function hotellingDof(
  rows: readonly Pick<RobustWeights, 'adjusted' | 'columnParts'>[], // [q]
): number {
  const q = rows.length;
  const prompts = rows[0].adjusted.length;
  const covariances = scoreCovariances(rows);
  const omega = Matrix.zeros(q, q);
  for (let g = 0; g < prompts; g++) omega.add(covariances(g, g));
  const root = inverseRoot(omega);
  let total = 0;
  for (let g = 0; g < prompts; g++) {
    for (let h = 0; h < prompts; h++) {
      const b = root.mmul(covariances(g, h)).mmul(root);
      for (let s = 0; s < q; s++)
        for (let t = 0; t < q; t++) total += b.get(s, t) * b.get(t, s) + b.get(s, s) * b.get(t, t);
    }
  }
  return (q * (q + 1)) / total;
}
