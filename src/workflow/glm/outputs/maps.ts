import type { ContrastMaps, FMaps, Stat } from '../../../core/statmap.js';
import { allDone } from '../../../files/all-done.js';
import { writeJson } from '../../../files/whole.js';
import { minusLog10P } from '../../../glm/contrast/log-p.js';
import { writeMap } from '../../../image/write-nifti.js';
import { criticalT, type Permuted } from '../fit/permuted.js';
import { type Described, filePath, type Place, requireLabel } from './place.js';

const STATS: readonly Stat[] = ['effect', 'variance', 't', 'z', 'p'];

/** One map, and what is to be said of it. */
export interface Statistic {
  readonly contrast: string | null;
  readonly stat: string;
  readonly values: Float64Array; // [units]
  readonly more: Described;
}

/** One map with its sidecar. */
export async function writeStatistic(
  place: Place,
  own: Statistic,
  described: Described,
): Promise<void> {
  const { contrast, stat, values, more } = own;
  const label = contrast === null ? {} : { contrast: requireLabel(contrast) };
  const entities = { ...place.entities, ...label, stat };
  const path = (extension: string) => filePath(place.root, entities, 'statmap', extension);
  await writeMap(path('.nii.gz'), { grid: place.grid, values, dtype: 'float32' });
  await writeJson(path('.json'), {
    ...(contrast !== null && { Contrast: contrast }),
    Statistic: stat,
    ...more,
    ...described,
    SkullStripped: false,
    Sources: place.sources,
    Command: place.command,
  });
}

/** Degrees of freedom, of each unit where they vary. */
function dofOf({ dof, dofPerUnit }: ContrastMaps | FMaps): Described {
  return {
    DegreesOfFreedom: dof,
    ...(dofPerUnit && { DegreesOfFreedomVary: 'the median or largest; each unit in stat-dof' }),
  };
}

/** The maps of one contrast, t or F, as nilearn and fitlins name them, each with its sidecar. */
export async function writeMaps(
  place: Place,
  maps: ContrastMaps | FMaps,
  how: { readonly described: Described; readonly logP: boolean },
): Promise<void> {
  const { contrast, dofPerUnit } = maps;
  const isT = 't' in maps;
  const tail = { Tail: isT ? 'one-sided, upper' : 'upper' };
  const test = isT ? {} : { NumeratorDegreesOfFreedom: maps.numerator };
  const shown: [string, Float64Array][] = isT
    ? STATS.map((stat) => [stat, maps[stat]])
    : [
        ['F', maps.F],
        ['z', maps.z],
        ['p', maps.p],
      ];
  if (how.logP) shown.push(['logp', minusLog10P(maps)]);
  if (dofPerUnit) shown.push(['dof', dofPerUnit]);
  const writing = shown.map(([stat, values]) => {
    const isP = stat === 'p' || stat === 'logp';
    const units = stat === 'logp' ? { Units: '-log10 p' } : {};
    const more = { ...dofOf(maps), ...test, ...(isP && tail), ...units };
    return writeStatistic(place, { contrast, stat, values, more }, how.described);
  });
  await allDone(writing); // side by side: packing goes on in threads
}

/** Each unit's p corrected over all units by rearranging the data. */
export async function writePermuted(
  place: Place,
  permuted: Permuted,
  how: { readonly described: Described; readonly alpha: number },
): Promise<void> {
  const { contrast, pFwe, permutations, exact, seed, scheme, exchanged, dof } = permuted;
  const critical = criticalT(permuted, { method: 'permutation', alpha: how.alpha });
  const more = {
    Description:
      'p of |t|, two-sided, corrected over all units by the largest |t| of each rearrangement (Westfall and Young 1993)',
    Permutations: permutations,
    Exact: exact,
    Seed: seed,
    Scheme: `${scheme} of ${exchanged}`,
    DegreesOfFreedom: dof,
    Alpha: how.alpha,
    CriticalT: Number.isFinite(critical) ? critical : null,
    Tail: 'two-sided',
  };
  await writeStatistic(place, { contrast, stat: 'pfwe', values: pFwe, more }, how.described);
}
