import type { FContrast } from '../../core/design.js';
import type { FMaps } from '../../core/statmap.js';
import { fMapsOf, fWeights } from '../contrast/f-contrast-maps.js';
import type { ArmaFit } from './arma.js';

/**
 * An F test over all units: F = (C b)' [C (X'R^-1 X)^-1 C']^-1 (C b) / (q sigma2), with each unit's R.
 * @throws DesignError `unknown-column`, `empty-contrast`, `dependent-contrasts`.
 */
export function armaFMaps(fit: ArmaFit, contrast: FContrast): FMaps {
  const { names, units, dof } = fit;
  const p = names.length;
  const weights = fWeights(contrast, names);
  const q = weights.length;
  const ofShift = weights.map((c) => c.reduce((sum, w, j) => sum + w * fit.constant[j], 0));
  const points = fit.points.map(({ inverseR }) => {
    const rotated = weights.map((c) =>
      c.map((_, j) => c.reduce((sum, w, i) => sum + w * inverseR[i * p + j], 0)),
    ); // [q][columns]
    const scale = rotated.flatMap((a) =>
      rotated.map((b) => a.reduce((sum, value, j) => sum + value * b[j], 0)),
    ); // [q, q]
    return { rotated, scale };
  });
  const effects = ofShift.map((weight) => fit.shift.map((shift) => shift * weight)); // [q][units]
  const covariance = new Float64Array(units * q * q); // [units, q, q]
  for (let u = 0; u < units; u++) {
    const { rotated, scale } = points[fit.point[u]];
    rotated.forEach((w, r) => {
      for (let j = 0; j < p; j++) effects[r][u] += w[j] * fit.beta[u * p + j];
    });
    scale.forEach((value, i) => {
      covariance[u * q * q + i] = fit.sigma2[u] * value;
    });
  }
  return fMapsOf({ contrast: contrast.name, dof, effects, covariance });
}
