import type { Affine } from '../core/grid.js';

type Triple = readonly [number, number, number];

/** RAS+, plumb, equal voxels of `millimetres`, with the volume's centre at the origin. */
export function centredAffine(shape: Triple, millimetres: number): Affine {
  const from = shape.map((size) => (-millimetres * (size - 1)) / 2);
  return [
    [millimetres, 0, 0, from[0]],
    [0, millimetres, 0, from[1]],
    [0, 0, millimetres, from[2]],
  ];
}

/** Edge lengths of a voxel in millimetres: the lengths of the affine's columns. */
export function voxelSizes(affine: Affine): Triple {
  const size = (axis: 0 | 1 | 2) => Math.hypot(...affine.map((row) => row[axis]));
  return [size(0), size(1), size(2)];
}

/** Whether two affines place every voxel of a volume at the same point, within `tolerance` mm. */
export function sameAffine(a: Affine, b: Affine, shape: Triple, tolerance = 0.01): boolean {
  return a.every((row, r) =>
    row.every((value, c) => Math.abs(value - b[r][c]) * (c < 3 ? shape[c] : 1) <= tolerance),
  );
}
