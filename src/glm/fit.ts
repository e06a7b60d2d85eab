import type { DesignMatrix } from '../core/design.js';
import { DesignError } from '../core/errors.js';
import type { Series } from '../core/series.js';
import { ar1Bins, BINS, basisMoments } from './ar1.js';
import { type Basis, orthonormalBasis } from './basis.js';
import { accumulateMoments } from './moments.js';
import { ROUNDING, type Solution, solveUnits } from './solve.js';

/** OLS, or AR(1) prewhitening with one coefficient a unit. */
export type Noise = 'ols' | 'ar1';

/** A fitted model, from which contrasts are taken (contrastMaps). */
export interface Fit extends Solution {
  readonly names: readonly string[];
  readonly units: number;
  /** Rows less rank. */
  readonly dof: number;
  /** AR(1) coefficient in hundredths. */
  readonly bins: Int8Array; // [units]
  readonly basis: Basis;
  /** What was taken from each unit's data before the fit. */
  readonly shift: Float64Array; // [units]
  /** The weights of the design's columns that make up a constant 1; all 0 where none do. */
  readonly constant: Float64Array; // [columns]
}

/** Each unit's AR(1) coefficient as it was used. */
export function rhoOf(fit: Fit): Float64Array {
  return Float64Array.from(fit.bins, (bin) => bin / BINS); // [units]
}

/** Weights of the design's columns that sum to 1 in every row, or null where there are none. */
function constantWeights(design: DesignMatrix, basis: Basis): Float64Array | null {
  const { columns, rows, inverseR } = basis;
  const weights = new Float64Array(columns);
  const column = design.names.findIndex((_, j) => {
    const first = design.values[j];
    return first !== 0 && design.values.every((v, i) => i % columns !== j || v === first);
  });
  if (column >= 0) {
    weights[column] = 1 / design.values[column];
    return weights;
  }
  const projected = basisMoments(basis).total; // [columns] of a constant 1
  const explained = projected.reduce((sum, w) => sum + w * w, 0);
  if (Math.abs(explained / rows - 1) > 1e-10) return null;
  return weights.map((_, i) =>
    projected.reduce((sum, w, j) => sum + inverseR[i * columns + j] * w, 0),
  ); // [columns]
}

/**
 * Fits a design to every unit of a series, which is read once; dof = n - rank. Tokens of one prompt
 * share its level, so on recordings a claim about a domain needs prompts as rows (prompts.ts): over
 * tokens, OLS and AR(1) call far too many units active.
 *
 * A unit that never changes has task effects and variance 0, and so t 0, z 0, p 0.5.
 * @throws DesignError `rank-deficient`, `too-few-rows`, `no-dof`.
 * @throws DataError `empty-mask`, `volumes`, `not-finite`.
 */
export async function fitGlm(options: {
  readonly series: Series;
  readonly design: DesignMatrix;
  readonly noise: Noise;
}): Promise<Fit> {
  const { series, design, noise } = options;
  const basis = orthonormalBasis(design);
  const { columns: p, rows: n } = basis;
  if (n === p) {
    throw new DesignError('no-dof', {
      given: `a design of ${p} columns over ${n} rows`,
      expected: 'more rows than columns: nothing is left to estimate the noise from',
      todo: 'Take fewer confounds or drifts, or more volumes or prompts.',
    });
  }
  const constant = constantWeights(design, basis);
  const lags = noise === 'ar1' ? 1 : 0;
  const shifted = constant !== null;
  const moments = await accumulateMoments({ series, basis, lags, shifted });
  const sums = basisMoments(basis);
  const bins = lags ? ar1Bins(moments, sums, ROUNDING) : new Int8Array(moments.units);
  return {
    ...solveUnits({ moments, basis: sums, bins }),
    names: design.names,
    units: moments.units,
    dof: n - p,
    bins,
    basis,
    shift: moments.shift,
    constant: constant ?? new Float64Array(p),
  };
}
