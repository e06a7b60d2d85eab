import type { Contrast } from '../../core/design.js';
import type { ContrastMaps } from '../../core/statmap.js';
import { normalIsfOfLog, tLogSf } from '../../math/distributions.js';
import { basisWeights, covarianceOf } from '../fit/covariance.js';
import { dofsOf, type Fit } from '../fit/fit.js';
import { checkContrast } from './contrast.js';

/**
 * t = effect / sqrt(variance) with its p (one-sided, upper tail) and z. Where the variance is 0 nothing
 * was measured: t = 0, z = 0, p = 0.5 (nilearn gives NaN or infinity).
 */
export function mapsOf(options: {
  readonly contrast: string;
  readonly dof: number;
  /** Where units differ; `dof` then is the largest. */
  readonly dofPerUnit?: Float64Array; // [units]
  readonly effect: Float64Array; // [units]
  readonly variance: Float64Array; // [units]
}): ContrastMaps {
  const { dof, dofPerUnit, effect, variance } = options;
  const t = effect.map((value, u) => (variance[u] > 0 ? value / Math.sqrt(variance[u]) : 0));
  const z = new Float64Array(t.length);
  const p = new Float64Array(t.length);
  for (let u = 0; u < t.length; u++) {
    const logTail = t[u] === 0 ? -Math.LN2 : tLogSf(Math.abs(t[u]), dofPerUnit?.[u] ?? dof);
    z[u] = t[u] === 0 ? 0 : Math.sign(t[u]) * normalIsfOfLog(logTail);
    p[u] = t[u] >= 0 ? Math.exp(logTail) : -Math.expm1(logTail);
  }
  return { ...options, t, z, p };
}

/** Whether units were left out; where none was, all have the fit's dof. */
export const hasMasked = ({ broken }: Fit): boolean =>
  broken.masked && broken.constant.length + broken.notFinite.length > 0;

/** Each row's effects C b, in the units of the data. */
export function effectsOf(
  fit: Fit,
  weights: readonly Float64Array[], // [rows][names]
): Float64Array[] {
  const columns = fit.basis.columns;
  return basisWeights(fit, weights).map((c, r) => {
    const ofShift = weights[r].reduce((sum, w, j) => sum + w * fit.constant[j], 0);
    const effect = new Float64Array(fit.units);
    for (let u = 0; u < fit.units; u++) {
      let sum = fit.shift[u] * ofShift;
      for (let j = 0; j < columns; j++) sum += c[j] * fit.beta[u * columns + j];
      effect[u] = sum;
    }
    return effect;
  }); // [rows][units]
}

/**
 * One contrast over all units: effect = c b, variance = sigma2 c (X'X)^-1 c' with each unit's whitened
 * X. Source: nilearn.glm.model.LikelihoodModelResults.Tcontrast.
 * @throws DesignError `unknown-column`, `empty-contrast`.
 */
export function contrastMaps(fit: Fit, contrast: Contrast): ContrastMaps {
  checkContrast(contrast, fit.names);
  const weights = Float64Array.from(fit.names, (name) => contrast.weights.get(name) ?? 0);
  const [effect] = effectsOf(fit, [weights]);
  const scale = covarianceOf(fit, basisWeights(fit, [weights]));
  const variance = fit.sigma2.map((sigma2, u) => sigma2 * scale(u)[0]);
  const masked = hasMasked(fit) && { dofPerUnit: dofsOf(fit) };
  return mapsOf({ contrast: contrast.name, dof: fit.dof, ...masked, effect, variance });
}
