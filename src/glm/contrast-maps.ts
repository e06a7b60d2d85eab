import type { Contrast } from '../core/design.js';
import type { ContrastMaps } from '../core/statmap.js';
import { normalIsfOfLog, tLogSf } from '../math/distributions.js';
import { BINS } from './ar1.js';
import { checkContrast } from './contrast.js';
import type { Fit } from './fit.js';

/**
 * t = effect / sqrt(variance) with its p (one-sided, upper tail) and z. Where the variance is 0 nothing
 * was measured: t = 0, z = 0, p = 0.5 (nilearn gives NaN or infinity).
 */
export function mapsOf(options: {
  readonly contrast: string;
  readonly dof: number;
  readonly effect: Float64Array; // [units]
  readonly variance: Float64Array; // [units]
}): ContrastMaps {
  const { dof, effect, variance } = options;
  const t = effect.map((value, u) => (variance[u] > 0 ? value / Math.sqrt(variance[u]) : 0));
  const z = new Float64Array(t.length);
  const p = new Float64Array(t.length);
  for (let u = 0; u < t.length; u++) {
    const logTail = tLogSf(Math.abs(t[u]), dof);
    z[u] = t[u] === 0 ? 0 : Math.sign(t[u]) * normalIsfOfLog(logTail);
    p[u] = t[u] >= 0 ? Math.exp(logTail) : -Math.expm1(logTail);
  }
  return { ...options, t, z, p };
}

/** A contrast's weights in the orthonormal basis: c' R^-1. */
function basisWeights(fit: Fit, weights: Float64Array): Float64Array {
  const { columns: p, inverseR } = fit.basis;
  return weights.map((_, j) => weights.reduce((sum, w, i) => sum + w * inverseR[i * p + j], 0)); // [columns]
}

/** c' inverse c. */
function quadratic(inverse: Float64Array, c: Float64Array): number {
  return c.reduce(
    (sum, ci, i) => sum + c.reduce((row, cj, j) => row + ci * inverse[i * c.length + j] * cj, 0),
    0,
  );
}

/**
 * One contrast over all units: effect = c b, variance = sigma2 c (X'X)^-1 c' with the whitened X of each
 * unit's rho. Source: nilearn.glm.model.LikelihoodModelResults.Tcontrast.
 * @throws DesignError `unknown-column`, `empty-contrast`.
 */
export function contrastMaps(fit: Fit, contrast: Contrast): ContrastMaps {
  checkContrast(contrast, fit.names);
  const weights = Float64Array.from(fit.names, (name) => contrast.weights.get(name) ?? 0);
  const c = basisWeights(fit, weights); // [columns]
  const ofShift = weights.reduce((sum, w, j) => sum + w * fit.constant[j], 0);
  const scale = fit.inverses.map((inverse) => (inverse ? quadratic(inverse, c) : 0)); // [2 * 100 + 1]
  const effect = new Float64Array(fit.units);
  const variance = new Float64Array(fit.units);
  const columns = c.length;
  for (let u = 0; u < fit.units; u++) {
    let sum = fit.shift[u] * ofShift;
    for (let j = 0; j < columns; j++) sum += c[j] * fit.beta[u * columns + j];
    effect[u] = sum;
    variance[u] = fit.sigma2[u] * scale[fit.bins[u] + BINS];
  }
  return mapsOf({ contrast: contrast.name, dof: fit.dof, effect, variance });
}
