import type { Contrast } from '../../core/design.js';
import type { ContrastMaps } from '../../core/statmap.js';
import { checkContrast } from '../contrast/contrast.js';
import { mapsOf } from '../contrast/contrast-maps.js';
import type { MixedFit } from './mixed.js';
import { dot, residualSums } from './mixed-residual.js';
import { median, satterthwaiteDof } from './satterthwaite.js';

/**
 * One contrast c over all units: the generalised least-squares effect, its variance, and t with the
 * degrees of freedom of Satterthwaite (dofPerUnit). With a = Z' X (X'X)^-1 c, a_k its part along class
 * k, e_k = 1 + lambda xi_k and r = Z'Sy:
 * effect = c b_ols - lambda sum_k a_k r / e_k,
 * variance = sigma2 (c (X'X)^-1 c' + lambda sum_k |a_k|^2 / e_k), with xi = 0 for the part of a that lies
 * in no class. It is what (X'V^-1 X)^-1 gives, by the Woodbury identity. A unit whose residuals are 0
 * has variance 0, and so t 0, z 0, p 0.5.
 * Where tau2 is estimated as 0 this is least squares on volumes, with rows - columns dofs.
 * Source: Searle, Casella and McCulloch 1992, chapters 6 and 7; dofs see satterthwaiteDof.
 * @throws DesignError `unknown-column`, `empty-contrast`.
 */
export function mixedMaps(fit: MixedFit, contrast: Contrast): ContrastMaps {
  const { sums, spectrum } = fit;
  const { names, units, inverseR, designSums, columnSums, shifts } = sums;
  checkContrast(contrast, names);
  const p = names.length;
  const weights = Float64Array.from(names, (name) => contrast.weights.get(name) ?? 0); // [columns]
  const w = weights.map((_, j) => weights.reduce((sum, c, i) => sum + c * inverseR[i * p + j], 0));
  const a = Float64Array.from(sums.prompts, (_, g) =>
    dot(designSums.subarray(g * p, g * p + p), w),
  );
  const none = a.slice(); // [prompts] the part of a in no class
  const classes = spectrum.classes.map(({ xi, vectors }) => {
    const part = new Float64Array(a.length); // [prompts]
    for (const vector of vectors) {
      const along = dot(vector, a);
      vector.forEach((v, g) => {
        part[g] += along * v;
        none[g] -= along * v;
      });
    }
    return { xi, part, square: dot(part, part) };
  });
  const squareOfNone = dot(none, none);
  const squareOfW = dot(w, w);
  const ofShift = shifts.map(({ values, constant }) => ({
    values,
    weight: dot(weights, constant),
  }));

  const residualOf = residualSums(sums);
  const residual = new Float64Array(a.length);
  const [effect, variance] = [new Float64Array(units), new Float64Array(units)];
  const dofPerUnit = new Float64Array(units).fill(spectrum.between + spectrum.within);
  const half = { ss: 0, st: 0, tt: 0 };
  const gradient = { s: 0, t: 0 };
  for (let u = 0; u < units; u++) {
    const lambda = fit.lambda[u];
    let value = 0;
    for (const { values, weight } of ofShift) value += weight * values[u];
    for (let j = 0; j < p; j++) value += w[j] * columnSums[j * units + u];
    if (lambda > 0) residualOf(u, residual);
    let scale = squareOfW + lambda * squareOfNone;
    gradient.s = squareOfW;
    gradient.t = squareOfNone;
    for (let k = 0; lambda > 0 && k < classes.length; k++) {
      const { xi, part, square } = classes[k];
      const e = 1 + lambda * xi;
      value -= (lambda * dot(part, residual)) / e;
      scale += (lambda * square) / e;
      gradient.s += (lambda * lambda * xi * square) / (e * e);
      gradient.t += square / (e * e);
    }
    effect[u] = value;
    variance[u] = fit.sigma2[u] * scale;
    if (variance[u] === 0) continue;
    half.ss = fit.information[u * 3];
    half.st = fit.information[u * 3 + 1];
    half.tt = fit.information[u * 3 + 2];
    dofPerUnit[u] = satterthwaiteDof(scale, gradient, half);
  }
  const dof = median(dofPerUnit);
  return mapsOf({ contrast: contrast.name, dof, dofPerUnit, effect, variance });
}
