import type { Contrast } from '../../../core/design.js';
import type { ContrastMaps } from '../../../core/statmap.js';
import { checkContrast } from '../../contrast/contrast.js';
import { mapsOf } from '../../contrast/contrast-maps.js';
import type { MixedFit } from './mixed.js';
import { halfInformation, mixedRows } from './mixed-rows.js';
import { median, satterthwaiteDof } from './satterthwaite.js';

/**
 * One contrast c over all units: the generalised least-squares effect, its variance (mixedRows), and t
 * with the degrees of freedom of Satterthwaite (dofPerUnit). A unit whose residuals are 0 has variance
 * 0, and so t 0, z 0, p 0.5.
 * Where tau2 is estimated as 0 this is least squares on volumes, with rows - columns dofs.
 * Source: Searle, Casella and McCulloch 1992, chapters 6 and 7; dofs see satterthwaiteDof.
 * @throws DesignError `unknown-column`, `empty-contrast`.
 */
export function mixedMaps(fit: MixedFit, contrast: Contrast): ContrastMaps {
  const { sums, spectrum } = fit;
  const { names, units } = sums;
  checkContrast(contrast, names);
  const weights = Float64Array.from(names, (name) => contrast.weights.get(name) ?? 0); // [columns]
  const rowOf = mixedRows(fit, [weights]);
  const [effect, variance] = [new Float64Array(units), new Float64Array(units)];
  const dofPerUnit = new Float64Array(units).fill(spectrum.between + spectrum.within);
  for (let u = 0; u < units; u++) {
    const { effects, scale, bySigma2, byTau2 } = rowOf(u);
    effect[u] = effects[0];
    variance[u] = fit.sigma2[u] * scale[0];
    if (variance[u] === 0) continue;
    const gradient = { s: bySigma2[0], t: byTau2[0] };
    dofPerUnit[u] = satterthwaiteDof(scale[0], gradient, halfInformation(fit, u));
  }
  const dof = median(dofPerUnit);
  return mapsOf({ contrast: contrast.name, dof, dofPerUnit, effect, variance });
}
