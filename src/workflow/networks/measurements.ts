import type { Entities } from '../../bids/entities.js';
import { listStatmaps, type Statmap, statmapSidecar } from '../../bids/statmaps.js';
import { FileError } from '../../core/errors.js';
import type { Grid } from '../../core/grid.js';
import type { ContrastMaps } from '../../core/statmap.js';
import { combineRuns } from '../../glm/contrast/fixed-effects.js';
import { sameAffine } from '../../image/affine.js';
import { openNifti } from '../../image/open-nifti.js';
import { readMap } from '../../image/voxels.js';
import { grouped } from '../grouped.js';

/** What a fit says of one contrast: in one run, or in the runs together. */
export interface Measurement {
  readonly entities: Entities;
  readonly contrast: string;
  readonly z: Float64Array; // [units]
  /** Null where a tool gave a statistic alone. */
  readonly effects: Pick<ContrastMaps, 'effect' | 'variance' | 'dof' | 'dofPerUnit'> | null;
}

/** The effect where there is one, else z. */
export const activation = ({ effects, z }: Measurement): Float64Array => effects?.effect ?? z;

/**
 * A folder's t contrasts of one subject's session, unit by unit.
 * @throws FileError `file/no-statmaps`; `file/map-grid` for a map on another grid than the dataset's
 */
export async function readMeasurements(
  root: string,
  session: { readonly sub?: string; readonly ses?: string },
  grid: Grid,
): Promise<Measurement[]> {
  const maps = (await listStatmaps(root)).filter(
    ({ entities }) => entities.sub === session.sub && entities.ses === session.ses,
  );
  const groups = grouped(maps, ({ entities, contrast }) => [entities, contrast]);
  const read = await Promise.all(groups.map((own) => readMeasurement(own, grid)));
  return read.flatMap((measurement) => measurement ?? []);
}

/** Null for an F test, which has no direction, and for what is no contrast's z. */
async function readMeasurement(maps: readonly Statmap[], grid: Grid): Promise<Measurement | null> {
  const find = (stat: string) => maps.find((map) => map.stat === stat);
  const [z, effect, variance, dof] = ['z', 'effect', 'variance', 'dof'].map(find);
  if (!z || find('F')) return null;
  const { entities, contrast } = z;
  const values = await atUnits(z, grid);
  const degrees = Number((await statmapSidecar(z)).DegreesOfFreedom ?? Number.NaN);
  if (!effect || !variance) return { entities, contrast, z: values, effects: null };
  const effects = {
    effect: await atUnits(effect, grid),
    variance: await atUnits(variance, grid),
    dof: degrees,
    ...(dof && { dofPerUnit: await atUnits(dof, grid) }),
  };
  return { entities, contrast, z: values, effects };
}

async function atUnits({ path }: Statmap, grid: Grid): Promise<Float64Array> {
  const image = await openNifti(path);
  const isSame =
    image.shape.every((size, axis) => size === grid.shape[axis]) &&
    sameAffine(image.affine, grid.affine, grid.shape);
  if (!isSame) {
    throw new FileError('map-grid', {
      given: `${path} of ${image.shape.join(' x ')} voxels`,
      expected: `the dataset's own grid, ${grid.shape.join(' x ')} voxels with the same affine`,
      todo: 'Name maps of this dataset with --maps.',
    });
  }
  const map = await readMap(image);
  return Float64Array.from(grid.voxelOfUnit, (voxel) => map[voxel]); // [units]
}

/**
 * Several measurements of one contrast as one: fixed effects where all have effects and variances, else
 * z by Stouffer's method (the sum over the root of their number). Source: Stouffer et al. 1949.
 */
export function together(own: readonly Measurement[]): Pick<Measurement, 'z' | 'effects'> {
  const effects = own.flatMap(({ effects, contrast }) => (effects ? { ...effects, contrast } : []));
  if (effects.length === own.length) {
    const { z, effect, variance, dof, dofPerUnit } = combineRuns(effects);
    return { z, effects: { effect, variance, dof, ...(dofPerUnit && { dofPerUnit }) } };
  }
  const z = own[0].z.map((_, u) => own.reduce((sum, map) => sum + map.z[u], 0)); // [units]
  return { z: z.map((sum) => sum / Math.sqrt(own.length)), effects: null };
}
