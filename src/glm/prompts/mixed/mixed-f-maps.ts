import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { FContrast } from '../../../core/design.js';
import type { FMaps } from '../../../core/statmap.js';
import { fMapsOf, fWeights } from '../../contrast/f-contrast-maps.js';
import type { MixedFit } from './mixed.js';
import { halfInformation, type MixedUnit, mixedRows } from './mixed-rows.js';
import { median, type Symmetric2, satterthwaiteDof } from './satterthwaite.js';

/** Dofs that differ by less are one. */
const SAME = 1e-8;

/**
 * The denominator of an F that is the mean of squares of independent t with these dofs: the F(q, dof)
 * of the same mean, E / q = dof / (dof - 2), E = sum of nu / (nu - 2).
 */
function dofOfMean(nus: readonly number[]): number {
  if (nus.every((nu) => Math.abs(nu - nus[0]) < SAME))
    return nus.reduce((sum, nu) => sum + nu, 0) / nus.length;
  if (nus.some((nu) => nu <= 2)) return 2;
  const expected = nus.reduce((sum, nu) => sum + nu / (nu - 2), 0);
  return (2 * expected) / (expected - nus.length);
}

/** v' S v. */
const form = (s: Float64Array, v: readonly number[]) =>
  v.reduce((sum, a, i) => sum + a * v.reduce((row, b, j) => row + s[i * v.length + j] * b, 0), 0);

function denominator(own: MixedUnit, half: Symmetric2): number {
  const { effects, scale, bySigma2, byTau2 } = own;
  const size = effects.length;
  const { eigenvectorMatrix } = new EigenvalueDecomposition(Matrix.from1DArray(size, size, scale), {
    assumeSymmetric: true,
  });
  const nus = Array.from(effects, (_, m) => {
    const v = eigenvectorMatrix.getColumn(m);
    const gradient = { s: form(bySigma2, v), t: form(byTau2, v) };
    return satterthwaiteDof(form(scale, v), gradient, half);
  });
  return dofOfMean(nus);
}

/**
 * An F test of the mixed model over all units: F = (C b)' [C V C']^-1 (C b) / q, with each unit's own
 * denominator dof: C V C' is turned to its eigenvectors, along which the effects are independent t with
 * Satterthwaite's dofs, and the F has the dof that gives their mean.
 * Source: Fai and Cornelius 1996; Kuznetsova et al. 2017 (lmerTest::contestMD).
 * @throws DesignError `unknown-column`, `empty-contrast`, `dependent-contrasts`.
 */
export function mixedFMaps(fit: MixedFit, contrast: FContrast): FMaps {
  const { sums, spectrum, sigma2 } = fit;
  const { names, units } = sums;
  const weights = fWeights(contrast, names);
  const q = weights.length;
  const rowsOf = mixedRows(fit, weights);
  const effects = weights.map(() => new Float64Array(units)); // [q][units]
  const covariance = new Float64Array(units * q * q); // [units, q, q]
  const dofPerUnit = new Float64Array(units).fill(spectrum.between + spectrum.within);
  for (let u = 0; u < units; u++) {
    const own = rowsOf(u);
    own.effects.forEach((effect, r) => {
      effects[r][u] = effect;
    });
    own.scale.forEach((value, i) => {
      covariance[u * q * q + i] = sigma2[u] * value;
    });
    if (sigma2[u] > 0) dofPerUnit[u] = denominator(own, halfInformation(fit, u));
  }
  const dof = median(dofPerUnit);
  return fMapsOf({ contrast: contrast.name, dof, dofPerUnit, effects, covariance });
}
