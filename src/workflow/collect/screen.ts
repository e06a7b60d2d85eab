import { DataError, FileError } from '../../core/errors.js';
import type { Grid } from '../../core/grid.js';
import { sameAffine } from '../../image/affine.js';
import { readMap } from '../../image/voxels.js';
import { correlation } from '../../math/correlation.js';
import type { MapRef } from '../../tools/read/found.js';

/**
 * A tool's map at the dataset's units.
 * @throws FileError `file/map-grid` where its shape or affine is not the dataset's
 */
export async function readAtUnits({ image, volume }: MapRef, grid: Grid): Promise<Float64Array> {
  const shapeDiffers = image.shape.some((size, axis) => size !== grid.shape[axis]);
  if (shapeDiffers || !sameAffine(image.affine, grid.affine, image.shape)) {
    throw new FileError('map-grid', {
      given: `${image.path} of ${image.shape.join(' x ')} voxels with the affine ${JSON.stringify(image.affine)}`,
      expected: `the dataset's own grid, ${grid.shape.join(' x ')} voxels with the affine ${JSON.stringify(grid.affine)}`,
      todo: 'Collect maps of this dataset that the tool did not resample: units are voxels, not places in a brain.',
    });
  }
  const map = await readMap(image, volume);
  return Float64Array.from(grid.voxelOfUnit, (voxel) => map[voxel]); // [units]
}

/** A tool leaves units it did not analyse at 0 or NaN. */
export const isMissing = (value: number) => value === 0 || !Number.isFinite(value);

/** Parts of the mask that a tool may leave out without a warning, and at all. */
const [WARN_MISSING, MOST_MISSING] = [0.05, 0.5];

/**
 * How many units of the mask the tool's map lacks.
 * @throws DataError `data/nothing-in-map` where it lacks all; `data/collapsed-mask` where it lacks more
 * than half and that is not forced
 */
export function missingUnits(
  values: Float64Array, // [units]
  { name, force }: { readonly name: string; readonly force: boolean },
): { readonly missing: number; readonly warning: string | null } {
  const units = values.length;
  const missing = values.filter(isMissing).length;
  const shown = `${missing} of ${units} units`;
  if (missing === units) {
    const nan = values.filter((value) => !Number.isFinite(value)).length;
    throw new DataError('nothing-in-map', {
      given: `${name}, whose map is ${nan === units ? 'NaN' : nan === 0 ? '0' : '0 or NaN'} in all ${units} units of the mask`,
      expected: 'a map with values in it',
      todo: "Look at the tool's log: its mask or threshold took every unit out (FSL keeps voxels whose mean is above --thr only).",
    });
  }
  if (missing > MOST_MISSING * units && !force) {
    throw new DataError('collapsed-mask', {
      given: `${name}, whose map is 0 or NaN in ${shown} of the mask`,
      expected: 'values in at least half of the mask',
      todo: "Mend the tool's mask or threshold and run it again, or take what is there with --force-mask.",
    });
  }
  const warning =
    missing > WARN_MISSING * units
      ? `${shown} of the mask are 0 or NaN: the tool's own mask left them out`
      : null;
  return { missing, warning };
}

/** Maps of one contrast that correlate less than this are turned round. */
const FLIPPED = -0.5;

/** A warning where a map goes against the dataset's own of the same contrast. */
export function againstOwn(
  values: Float64Array, // [units]
  own: Float64Array | null, // [units]
): string | null {
  if (!own) return null;
  const both = Array.from(values.keys()).filter((u) => !isMissing(values[u]) && !isMissing(own[u]));
  const r = correlation(
    both.map((u) => values[u]),
    both.map((u) => own[u]),
  );
  if (!(r < FLIPPED)) return null;
  const opposite = both.filter((u) => values[u] * own[u] < 0).length;
  return `the sign is turned round: r = ${r.toFixed(2)} with boldbridge glm's own map, ${opposite} of ${both.length} units have the other sign`;
}

/** The refusal of results whose every sign is known to be reversed. */
export function signFlip(path: string, why: string): DataError {
  return new DataError('sign-flip', {
    given: `${path}, in which every sign is reversed: ${why}`,
    expected: 'data whose mean is above 0, as boldbridge export and handoff write them',
    todo: 'Add a baseline to the data and run the tool again.',
  });
}

/** The middle value. */
export function median(values: Float64Array): number {
  const sorted = values.filter(Number.isFinite).sort();
  return sorted.length === 0 ? Number.NaN : sorted[Math.floor(sorted.length / 2)];
}
