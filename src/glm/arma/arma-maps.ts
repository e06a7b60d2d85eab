import type { Contrast } from '../../core/design.js';
import type { ContrastMaps } from '../../core/statmap.js';
import { checkContrast } from '../contrast/contrast.js';
import { mapsOf } from '../contrast/contrast-maps.js';
import type { ArmaFit } from './arma.js';

/**
 * One contrast over all units: effect = c b, variance = sigma2 c (X'R^-1 X)^-1 c' with each unit's R.
 * @throws DesignError `unknown-column`, `empty-contrast`.
 */
export function armaMaps(fit: ArmaFit, contrast: Contrast): ContrastMaps {
  checkContrast(contrast, fit.names);
  const p = fit.names.length;
  const weights = Float64Array.from(fit.names, (name) => contrast.weights.get(name) ?? 0); // [columns]
  const ofShift = weights.reduce((sum, w, j) => sum + w * fit.constant[j], 0);
  const rotated = fit.points.map(({ inverseR }) =>
    weights.map((_, j) => weights.reduce((sum, w, i) => sum + w * inverseR[i * p + j], 0)),
  ); // [points][columns]
  const scales = rotated.map((w) => w.reduce((sum, value) => sum + value * value, 0));
  const effect = fit.shift.map((shift) => shift * ofShift);
  const variance = new Float64Array(fit.units);
  for (let u = 0; u < fit.units; u++) {
    const w = rotated[fit.point[u]];
    for (let j = 0; j < p; j++) effect[u] += w[j] * fit.beta[u * p + j];
    variance[u] = fit.sigma2[u] * scales[fit.point[u]];
  }
  return mapsOf({ contrast: contrast.name, dof: fit.dof, effect, variance });
}
