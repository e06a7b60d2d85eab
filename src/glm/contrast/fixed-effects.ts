import { DataError } from '../../core/errors.js';
import type { ContrastMaps, FMaps } from '../../core/statmap.js';
import { mapsOf } from './contrast-maps.js';
import { fMapsOf } from './f-contrast-maps.js';

function checkRuns(runs: readonly { readonly contrast: string; readonly units: number }[]): void {
  const names = [...new Set(runs.map(({ contrast }) => contrast))];
  const units = [...new Set(runs.map((run) => run.units))];
  if (names.length === 1 && units.length === 1) return;
  throw new DataError('runs', {
    given: `runs of contrasts ${names.join(', ') || 'none'} over ${units.join(', ') || 'no'} units`,
    expected: 'one or more runs of the same contrast over the same units',
    todo: 'Combine only runs of one subject, fitted with the same contrast and mask.',
  });
}

/** Each unit's degrees of freedom in a run: 0 where the run masked it. */
const dofOf = (run: { readonly dof: number; readonly dofPerUnit?: Float64Array }, unit: number) =>
  run.dofPerUnit?.[unit] ?? run.dof;

/** The dofs of all runs, added; of each unit too where a run masked units. */
function addedDofs(
  runs: readonly { readonly dof: number; readonly dofPerUnit?: Float64Array }[],
  units: number,
) {
  const dof = runs.reduce((sum, run) => sum + run.dof, 0);
  if (runs.every(({ dofPerUnit }) => dofPerUnit === undefined)) return { dof };
  const dofPerUnit = Float64Array.from({ length: units }, (_, u) =>
    runs.reduce((sum, run) => sum + dofOf(run, u), 0),
  );
  return { dof, dofPerUnit };
}

/**
 * The mean of a contrast over runs. Plain: effects and variances add, then x 1/n and x 1/n^2 (nilearn's
 * compute_fixed_effects and its sum of Contrasts). Precision-weighted: each run weighs 1/variance, and
 * runs in which a unit never changed count nothing for it. The dofs add in both, as nilearn's do. A run
 * that masked a unit is left out of that unit's mean, and its dof with it.
 * @throws DataError `runs`: none, or not of one contrast and one set of units.
 */
export function combineRuns(
  runs: readonly Omit<ContrastMaps, 't' | 'z' | 'p'>[],
  options: { readonly precisionWeighted?: boolean } = {},
): ContrastMaps {
  checkRuns(runs.map(({ contrast, effect }) => ({ contrast, units: effect.length })));
  const { contrast, effect: first } = runs[0];
  const effect = new Float64Array(first.length);
  const variance = new Float64Array(first.length);
  for (let u = 0; u < first.length; u++) {
    let weights = 0;
    for (const run of runs) {
      if (dofOf(run, u) === 0) continue;
      const v = run.variance[u];
      const weight = options.precisionWeighted ? (v > 0 ? 1 / v : 0) : 1;
      weights += weight;
      effect[u] += weight * run.effect[u];
      variance[u] += weight * weight * v;
    }
    if (weights === 0) continue;
    effect[u] /= weights;
    variance[u] /= weights * weights;
  }
  return mapsOf({ contrast, ...addedDofs(runs, first.length), effect, variance });
}

/**
 * An F test of the mean over runs of its contrasts: effects and their covariances add, then x 1/n and
 * x 1/n^2, as combineRuns' plain mean does for one contrast. nilearn adds effects that each run has
 * whitened by its own covariance, which it calls approximate; this is the test itself.
 * @throws DataError `runs`: none, or not of one test and one set of units.
 */
export function combineFRuns(runs: readonly FMaps[]): FMaps {
  checkRuns(
    runs.map(({ contrast, numerator, F }) => ({
      contrast: `${contrast} of ${numerator} rows`,
      units: F.length,
    })),
  );
  const { contrast, numerator: q, F: first } = runs[0];
  const units = first.length;
  const effects = Array.from({ length: q }, () => new Float64Array(units));
  const covariance = new Float64Array(units * q * q); // [units, q, q]
  for (let u = 0; u < units; u++) {
    const own = runs.filter((run) => dofOf(run, u) > 0);
    for (const run of own) {
      for (let r = 0; r < q; r++) effects[r][u] += run.effects[r][u] / own.length;
      for (let i = u * q * q; i < (u + 1) * q * q; i++) {
        covariance[i] += run.covariance[i] / own.length ** 2;
      }
    }
  }
  return fMapsOf({ contrast, ...addedDofs(runs, units), effects, covariance });
}
