import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Basis } from '../../design/basis.js';

/** Eigenvalues of I - H below this count as 0, as in clubSandwich. */
const ROUNDING = 1e-12;

/** What one contrast's CR2 variance takes from the design. */
export interface RobustWeights {
  /** Sum over each prompt of p_t q_t. */
  readonly columnParts: Float64Array; // [prompts, columns]
  /** (I - Q_g'Q_g)^(-1/2) w of each prompt g, which weighs the residuals there: p_t = q_t times this. */
  readonly adjusted: readonly (readonly number[])[]; // [prompts][columns]
  /** Satterthwaite's degrees of freedom. */
  readonly dof: number;
  /** Expected variance where volumes are independent, over sigma2; below c (X'X)^-1 c' where a single prompt determines part of the effect. */
  readonly trace: number;
}

/** Q_g'Q_g of each prompt. */
function crossProducts(basis: Basis, promptOf: readonly number[], prompts: number): Matrix[] {
  const { q, columns: p } = basis;
  const products = Array.from({ length: prompts }, () => Matrix.zeros(p, p));
  promptOf.forEach((prompt, row) => {
    const own = products[prompt];
    for (let i = 0; i < p; i++) {
      for (let j = 0; j < p; j++) {
        own.set(i, j, own.get(i, j) + q[row * p + i] * q[row * p + j]);
      }
    }
  });
  return products; // [prompts][columns, columns]
}

/** (I - G)^(-1/2), without the directions in which I - G is 0. */
function adjustment(product: Matrix): Matrix {
  const p = product.rows;
  const { realEigenvalues, eigenvectorMatrix: v } = new EigenvalueDecomposition(product, {
    assumeSymmetric: true,
  });
  const scale = realEigenvalues.map((g) => (1 - g > ROUNDING ? 1 / Math.sqrt(1 - g) : 0));
  return v.mmul(Matrix.diag(scale, p, p)).mmul(v.transpose());
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/**
 * CR2 weights of a contrast c' b = w' Q'y over prompts g: with H_gg = Q_g Q_g', the adjusted weights
 * A_g Q_g w, A_g = (I - H_gg)^(-1/2), equal Q_g (I - Q_g'Q_g)^(-1/2) w, which needs no matrix over
 * volumes. The dof are (tr P)^2 / tr(P^2), P_gh = [g = h] p_g'p_g - (Q_g'p_g)'(Q_h'p_h), under a working
 * model of independent volumes.
 * Source: Bell and McCaffrey 2002; Pustejovsky and Tipton 2018, sections 2.1 and 3.1.
 */
export function robustWeights(options: {
  readonly basis: Basis;
  readonly promptOf: readonly number[]; // [rows]
  readonly prompts: number;
  /** Each contrast in the orthonormal basis: c' R^-1. */
  readonly contrasts: readonly Float64Array[]; // [contrasts][columns]
}): RobustWeights[] {
  const { basis, promptOf, prompts, contrasts } = options;
  const products = crossProducts(basis, promptOf, prompts);
  const adjustments = products.map(adjustment);
  return contrasts.map((w) => {
    const adjusted = adjustments.map((matrix) => matrix.mmul(Matrix.columnVector(w)).getColumn(0));
    const parts = products.map((product, g) =>
      product.mmul(Matrix.columnVector(adjusted[g])).getColumn(0),
    ); // [prompts][columns]
    let [trace, squares] = [0, 0];
    for (let g = 0; g < prompts; g++) {
      for (let h = 0; h < prompts; h++) {
        const own = g === h ? dot(adjusted[g], parts[g]) : 0;
        const entry = own - dot(parts[g], parts[h]);
        if (g === h) trace += entry;
        squares += entry * entry;
      }
    }
    const columnParts = Float64Array.from(parts.flat());
    return { columnParts, adjusted, dof: (trace * trace) / squares, trace };
  });
}
