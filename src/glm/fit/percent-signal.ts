import { DataError } from '../../core/errors.js';
import type { ContrastMaps } from '../../core/statmap.js';
import type { Fit } from './fit.js';

/**
 * A contrast's maps with effects in per cent of each unit's mean over the run; t, z and p are the same.
 * nilearn scales the data so before the fit (mean_scaling), and takes a mean below 1 for 1.
 * @throws DataError `mean`: a unit's mean is not above 0. Activations have such means; the pseudo-BOLD
 *   that is exported has none.
 */
export function inPercent(maps: ContrastMaps, fit: Fit): ContrastMaps {
  const { dofPerUnit } = maps;
  const isMasked = (u: number) => dofPerUnit?.[u] === 0;
  const low = fit.mean.reduce((sum, mean, u) => sum + (mean > 0 || isMasked(u) ? 0 : 1), 0);
  if (low > 0) {
    throw new DataError('mean', {
      given: `${low} of ${fit.units} units whose mean is 0 or less`,
      expected: 'means above 0, of which a change can be a part',
      todo: 'Leave per cent out, or take the exported images.',
    });
  }
  const scale = (u: number) => (isMasked(u) ? 0 : 100 / fit.mean[u]);
  return {
    ...maps,
    effect: maps.effect.map((effect, u) => effect * scale(u)),
    variance: maps.variance.map((variance, u) => variance * scale(u) ** 2),
  };
}
