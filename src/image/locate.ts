import type { Affine } from '../core/grid.js';

type Triple = readonly [number, number, number];

/** The point of a voxel's centre in millimetres. */
export function millimetresOf(affine: Affine, [x, y, z]: Triple): Triple {
  const at = ([a, b, c, shift]: Affine[number]) => a * x + b * y + c * z + shift;
  return [at(affine[0]), at(affine[1]), at(affine[2])];
}

/** The voxel whose centre lies nearest a point in millimetres; null where none of the volume holds it. */
export function voxelAt(affine: Affine, point: Triple, shape: Triple): Triple | null {
  const [[a, b, c, i], [d, e, f, j], [g, h, k, l]] = affine;
  const [p, q, r] = [point[0] - i, point[1] - j, point[2] - l];
  const determinant = (m: readonly number[]) =>
    m[0] * (m[4] * m[8] - m[5] * m[7]) -
    m[1] * (m[3] * m[8] - m[5] * m[6]) +
    m[2] * (m[3] * m[7] - m[4] * m[6]);
  const whole = determinant([a, b, c, d, e, f, g, h, k]); // Cramer's rule
  const voxel = [
    Math.round(determinant([p, b, c, q, e, f, r, h, k]) / whole),
    Math.round(determinant([a, p, c, d, q, f, g, r, k]) / whole),
    Math.round(determinant([a, b, p, d, e, q, g, h, r]) / whole),
  ] as const;
  return voxel.every((v, axis) => v >= 0 && v < shape[axis]) ? voxel : null;
}
