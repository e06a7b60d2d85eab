import { DataError } from '../core/errors.js';
import type { ContrastMaps } from '../core/statmap.js';
import { mapsOf } from './contrast-maps.js';

function checkRuns(runs: readonly ContrastMaps[]): void {
  const names = [...new Set(runs.map((run) => run.contrast))];
  const units = [...new Set(runs.map((run) => run.effect.length))];
  if (names.length === 1 && units.length === 1) return;
  throw new DataError('runs', {
    given: `runs of contrasts ${names.join(', ') || 'none'} over ${units.join(', ') || 'no'} units`,
    expected: 'one or more runs of the same contrast over the same units',
    todo: 'Combine only runs of one subject, fitted with the same contrast and mask.',
  });
}

/**
 * The mean of a contrast over runs. Plain: effects and variances add, then x 1/n and x 1/n^2 (nilearn's
 * compute_fixed_effects and its sum of Contrasts). Precision-weighted: each run weighs 1/variance, and
 * runs in which a unit never changed count nothing for it. The dofs add in both.
 * @throws DataError `runs`: none, or not of one contrast and one set of units.
 */
export function combineRuns(
  runs: readonly ContrastMaps[],
  options: { readonly precisionWeighted?: boolean } = {},
): ContrastMaps {
  checkRuns(runs);
  const { contrast, effect: first } = runs[0];
  const dof = runs.reduce((sum, run) => sum + run.dof, 0);
  const effect = new Float64Array(first.length);
  const variance = new Float64Array(first.length);
  for (let u = 0; u < first.length; u++) {
    let weights = 0;
    for (const run of runs) {
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
  return mapsOf({ contrast, dof, effect, variance });
}
