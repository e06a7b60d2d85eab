import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { DesignError } from '../../../core/errors.js';
import type { PromptSums } from '../sums/prompt-sums.js';

/** Part of the largest eigenvalue that rounding alone can make. */
const ROUNDING = 1e-10;

/** Prompt contrasts of one variance, sigma2 + xi tau2 each. */
export interface VarianceClass {
  readonly xi: number;
  /** Orthonormal contrasts of the prompts. */
  readonly vectors: readonly Float64Array[]; // [size][prompts]
}

/**
 * What a design leaves of the differences between prompts. With Z the indicators of the prompts and
 * S = I - X (X'X)^-1 X', the residual sums per prompt Z'Sy have the covariance
 * sigma2 K + tau2 K^2, K = Z'SZ; along an eigenvector of K with eigenvalue xi > 0, scaled by
 * xi^-1/2, the data have variance sigma2 + xi tau2, and all else that X leaves has sigma2.
 * Source: Patterson and Thompson 1971; the spectral form as in Kang et al. 2008 (EMMA).
 */
export interface Spectrum {
  /** Ordered by xi; prompts of one length give few classes. */
  readonly classes: readonly VarianceClass[];
  /** Degrees of freedom between prompts: the sizes of all classes. */
  readonly between: number;
  /** Those of sigma2 alone. */
  readonly within: number;
}

/** @throws DesignError `no-between-dof`, `no-within-dof`. */
export function promptSpectrum(sums: PromptSums): Spectrum {
  const { rows, counts, designSums } = sums;
  const p = sums.names.length;
  const size = sums.prompts.length;
  const d = Matrix.from1DArray(size, p, designSums);
  const k = Matrix.sub(Matrix.diag(Array.from(counts)), d.mmul(d.transpose())); // [prompts, prompts]
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(k, {
    assumeSymmetric: true,
  });
  const largest = Math.max(...Array.from(counts));
  const order = realEigenvalues
    .map((xi, i) => ({ xi, vector: Float64Array.from(eigenvectorMatrix.getColumn(i)) }))
    .filter(({ xi }) => xi > ROUNDING * largest)
    .sort((a, b) => a.xi - b.xi);
  const classes: { xi: number; vectors: Float64Array[] }[] = [];
  for (const { xi, vector } of order) {
    const last = classes.at(-1);
    if (last && xi - last.xi < ROUNDING * largest) last.vectors.push(vector);
    else classes.push({ xi, vectors: [vector] });
  }
  const between = order.length;
  const within = rows - p - between;
  if (between < 1) {
    throw new DesignError('no-between-dof', {
      given: `${size} prompts and a design of ${p} columns that explains all their differences`,
      expected: 'more prompts than columns that differ between prompts',
      todo: 'Present more prompts, or take fewer confounds or drifts.',
    });
  }
  if (within < 1) {
    throw new DesignError('no-within-dof', {
      given: `${size} prompts over ${rows} volumes`,
      expected: 'prompts of several volumes, more than the columns that vary within prompts',
      todo: 'With one volume a prompt, fit the prompt means by least squares.',
    });
  }
  return { classes, between, within };
}
