import type { BoldRun } from '../../../bids/runs.js';
import { sameAffine } from '../../../image/affine.js';
import { brainMask, largestComponent } from '../../../image/brain-mask.js';
import type { Mask } from '../../../image/mask.js';
import type { NiftiImage } from '../../../image/open-nifti.js';
import { seriesOf } from '../../../image/voxels.js';

/** A mask that was computed, and how. */
export interface ComputedMask {
  readonly mask: Mask;
  readonly note: string;
}

/** The mean of all volumes; reads the series once and holds one block of it. */
async function meanOf(image: NiftiImage): Promise<Float64Array> {
  const [x, y, z] = image.shape;
  const size = x * y * z;
  const all = Int32Array.from({ length: size }, (_, voxel) => voxel);
  const mean = new Float64Array(size); // [voxels]
  for await (const { volumes, values } of seriesOf(image, all).blocks())
    for (let v = 0; v < volumes; v++)
      for (let i = 0; i < size; i++) mean[i] += values[v * size + i] / image.volumes;
  return mean;
}

interface Opened {
  readonly run: BoldRun;
  readonly image: NiftiImage;
}

/**
 * A mask for each run, from the mean images: one for all runs on one grid (shape and affine), so that
 * they can be combined, of voxels inside in at least half of them. Each run is read once more.
 * @throws DataError `no-brain`; FileError as seriesOf
 */
export async function computedMasks(runs: readonly Opened[]): Promise<Map<string, ComputedMask>> {
  const grids: Opened[][] = [];
  for (const own of runs) {
    const { shape, affine } = own.image;
    const same = grids.find(
      ([{ image }]) =>
        image.shape.every((size, axis) => size === shape[axis]) &&
        sameAffine(image.affine, affine, shape),
    );
    if (same) same.push(own);
    else grids.push([own]);
  }
  const masks = new Map<string, ComputedMask>();
  for (const own of grids) {
    const [{ image }] = own;
    const { shape, affine, path } = image;
    const times = new Uint32Array(shape[0] * shape[1] * shape[2]); // [voxels]
    for (const one of own) {
      const inside = brainMask(await meanOf(one.image), shape, one.image.path);
      inside.forEach((value, voxel) => {
        times[voxel] += value;
      });
    }
    const agreed = Uint8Array.from(times, (n) => Number(2 * n >= own.length));
    const joint = own.length === 1 ? agreed : largestComponent(agreed, shape);
    const voxels = Int32Array.from([...joint.keys()].filter((voxel) => joint[voxel] === 1));
    const which = own.length === 1 ? path : `${own.length} runs on the grid of ${path}`;
    const note = `No mask was given: ${voxels.length} of ${times.length} voxels were taken for the brain, by the mean image of ${which} (histogram valley, opening, largest connected part).`;
    for (const { run } of own) masks.set(run.bold, { mask: { path, shape, affine, voxels }, note });
  }
  return masks;
}
