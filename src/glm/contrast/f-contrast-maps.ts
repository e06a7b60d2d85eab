import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import type { FContrast } from '../../core/design.js';
import { DesignError } from '../../core/errors.js';
import type { FMaps } from '../../core/statmap.js';
import { fLogSf, zOfF } from '../../math/distributions.js';
import { factorise, solveLower } from '../fit/cholesky.js';
import { basisWeights, covarianceOf } from '../fit/covariance.js';
import { dofsOf, type Fit } from '../fit/fit.js';
import { checkContrast } from './contrast.js';
import { effectsOf, hasMasked } from './contrast-maps.js';

/**
 * F = e' V^-1 e / q of q effects e and their covariance V, with its upper tail p and z. z is nilearn's:
 * from the upper tail, or the lower where p > 0.5, so that small F have negative z; no tail is clipped.
 * Where the variance is 0 nothing was measured: F = 0, z = 0, p = 1.
 */
export function fMapsOf(options: Omit<FMaps, 'numerator' | 'F' | 'z' | 'p'>): FMaps {
  const { dof, dofPerUnit, effects, covariance } = options;
  const q = effects.length;
  const units = effects[0].length;
  const [F, z, p] = [0, 0, 1].map((nothing) => new Float64Array(units).fill(nothing));
  const e = new Float64Array(q);
  for (let u = 0; u < units; u++) {
    if (!(covariance[u * q * q] > 0)) continue;
    const v = covariance.slice(u * q * q, (u + 1) * q * q); // [q, q]
    for (let r = 0; r < q; r++) e[r] = effects[r][u];
    factorise(v, q);
    solveLower(v, q, e);
    F[u] = e.reduce((sum, x) => sum + x * x, 0) / q;
    const dofOfUnit = { numerator: q, denominator: dofPerUnit?.[u] ?? dof };
    z[u] = zOfF(F[u], dofOfUnit);
    p[u] = Math.exp(fLogSf(F[u], dofOfUnit));
  }
  return { ...options, numerator: q, F, z, p };
}

/** Rows of length 1 that leave less than this of each other test the same thing twice. */
const SMALLEST_SINGULAR_VALUE = 1e-10;

function checkIndependence({ name, rows }: FContrast, weights: readonly Float64Array[]): void {
  const unit = weights.map((row) => {
    const length = Math.hypot(...row);
    return Array.from(row, (w) => w / length);
  });
  const svd = new SingularValueDecomposition(new Matrix(unit), { autoTranspose: true });
  const rank = svd.diagonal.filter((value) => value > SMALLEST_SINGULAR_VALUE).length;
  if (rank === rows.length) return;
  throw new DesignError('dependent-contrasts', {
    given: `the F test '${name}' of ${rows.length} contrasts, ${rank} of them independent: ${rows.map((row) => row.name).join('; ')}`,
    expected: 'contrasts none of which is a weighted sum of others',
    todo: 'Leave out those that follow from the others: the test is the same without them.',
  });
}

/**
 * The weights of an F test's rows.
 * @throws DesignError `unknown-column`, `empty-contrast`, `dependent-contrasts`.
 */
export function fWeights(contrast: FContrast, names: readonly string[]): Float64Array[] {
  for (const row of contrast.rows) checkContrast(row, names);
  const weights = contrast.rows.map((row) =>
    Float64Array.from(names, (name) => row.weights.get(name) ?? 0),
  );
  checkIndependence(contrast, weights);
  return weights; // [q][names]
}

/**
 * An F test over all units: F = (C b)' [C (X'X)^-1 C']^-1 (C b) / (q sigma2), with each unit's whitened
 * X. Source: nilearn.glm.model.LikelihoodModelResults.Fcontrast.
 * @throws DesignError `unknown-column`, `empty-contrast`, `dependent-contrasts`.
 */
export function fContrastMaps(fit: Fit, contrast: FContrast): FMaps {
  const weights = fWeights(contrast, fit.names);
  const size = weights.length ** 2;
  const scale = covarianceOf(fit, basisWeights(fit, weights));
  const covariance = new Float64Array(fit.units * size); // [units, q, q]
  for (let u = 0; u < fit.units; u++) {
    const own = scale(u);
    for (let i = 0; i < size; i++) covariance[u * size + i] = fit.sigma2[u] * own[i];
  }
  const masked = hasMasked(fit) && { dofPerUnit: dofsOf(fit) };
  const effects = effectsOf(fit, weights);
  return fMapsOf({ contrast: contrast.name, dof: fit.dof, ...masked, effects, covariance });
}
