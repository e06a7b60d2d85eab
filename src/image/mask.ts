import { DataError, FileError } from '../core/errors.js';
import type { Affine } from '../core/grid.js';
import type { Series } from '../core/series.js';
import { sameAffine } from './affine.js';
import { type NiftiImage, openNifti } from './open-nifti.js';
import { readMap, seriesOf } from './voxels.js';

/** The voxels an analysis is confined to. */
export interface Mask {
  readonly path: string;
  readonly shape: readonly [number, number, number];
  readonly affine: Affine;
  /** Linear indices of the voxels inside, ascending, x fastest. */
  readonly voxels: Int32Array; // [units]
}

/**
 * Reads a 3-D mask: every voxel that is neither 0 nor NaN is inside.
 * @throws FileError as `openNifti` does, and `file/not-a-map` for a 4-D series;
 * DataError `data/empty-mask` where no voxel is inside.
 */
export async function openMask(path: string): Promise<Mask> {
  const image = await openNifti(path);
  const map = await readMap(requireMap(image));
  const inside: number[] = [];
  for (let v = 0; v < map.length; v++) if (map[v] !== 0 && !Number.isNaN(map[v])) inside.push(v);
  if (inside.length === 0) {
    throw new DataError('empty-mask', {
      given: `${path}, a mask with no voxel inside`,
      expected: 'at least one voxel that is not 0',
      todo: 'Give another mask.',
    });
  }
  return { path, shape: image.shape, affine: image.affine, voxels: Int32Array.from(inside) };
}

/**
 * The voxels of an image inside a mask, over time.
 * @throws FileError `file/mask-shape` or `file/mask-affine` where the two do not cover one another.
 */
export function seriesInMask(image: NiftiImage, mask: Mask): Series {
  if (image.shape.some((size, axis) => size !== mask.shape[axis])) {
    throw mismatch('mask-shape', image, mask, image.shape.join(' x '), mask.shape.join(' x '));
  }
  if (!sameAffine(image.affine, mask.affine, image.shape)) {
    throw mismatch('mask-affine', image, mask, show(image.affine), show(mask.affine));
  }
  return seriesOf(image, mask.voxels);
}

/** @throws FileError `file/not-a-map` for a series where one volume is expected. */
export function requireMap(image: NiftiImage): NiftiImage {
  if (image.volumes === 1) return image;
  throw new FileError('not-a-map', {
    given: `${image.path}, a series of ${image.volumes} volumes`,
    expected: 'a 3-D map',
    todo: 'Give an image of one volume.',
  });
}

/** @throws FileError `file/not-a-series` for a single volume where a series is expected. */
export function requireSeries(image: NiftiImage): NiftiImage {
  if (image.volumes > 1) return image;
  throw new FileError('not-a-series', {
    given: `${image.path}, a single volume`,
    expected: 'a 4-D series of two volumes or more',
    todo: 'Give a series, such as a _bold.nii.gz.',
  });
}

const show = (affine: Affine) => JSON.stringify(affine);

function mismatch(
  fault: string,
  image: NiftiImage,
  mask: Mask,
  of: string,
  and: string,
): FileError {
  return new FileError(fault, {
    given: `${mask.path} with ${and}`,
    expected: `${of}, as ${image.path} has`,
    todo: 'Give a mask drawn on this image, or resample it first.',
  });
}
