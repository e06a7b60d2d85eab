import type { Affine } from '../core/grid.js';
import { voxelSizes } from './affine.js';

/** NIfTI's qform: rotation as a unit quaternion (b, c, d), the sign of the third axis, the offset. */
export interface Qform {
  readonly quatern: readonly [number, number, number];
  readonly qfac: 1 | -1;
  readonly qoffset: readonly [number, number, number];
}

/** The qform of an affine, or null where shear makes it inexpressible. Source: nifti1_io.c. */
export function qformOf(affine: Affine): Qform | null {
  const sizes = voxelSizes(affine);
  const r = affine.map((row) => sizes.map((size, c) => row[c] / size)); // [3, 3]
  const across = (i: number, j: number) =>
    r[0][i] * r[0][j] + r[1][i] * r[1][j] + r[2][i] * r[2][j];
  if (!(Math.max(...[across(0, 1), across(0, 2), across(1, 2)].map(Math.abs)) < 1e-5)) return null;
  const qfac = determinant(r) < 0 ? -1 : 1;
  for (const row of r) row[2] *= qfac;
  return { quatern: quaternOf(r), qfac, qoffset: [affine[0][3], affine[1][3], affine[2][3]] };
}

/** The affine of a qform and voxel sizes in millimetres. */
export function affineOfQform(
  { quatern: [b, c, d], qfac, qoffset }: Qform,
  sizes: readonly number[],
): Affine {
  const a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d));
  const [x, y, z] = [sizes[0], sizes[1], sizes[2] * qfac];
  return [
    [
      (a * a + b * b - c * c - d * d) * x,
      2 * (b * c - a * d) * y,
      2 * (b * d + a * c) * z,
      qoffset[0],
    ],
    [
      2 * (b * c + a * d) * x,
      (a * a + c * c - b * b - d * d) * y,
      2 * (c * d - a * b) * z,
      qoffset[1],
    ],
    [
      2 * (b * d - a * c) * x,
      2 * (c * d + a * b) * y,
      (a * a + d * d - b * b - c * c) * z,
      qoffset[2],
    ],
  ];
}

function determinant(m: readonly (readonly number[])[]): number {
  const minor = (i: number, j: number) => m[1][i] * m[2][j] - m[1][j] * m[2][i];
  return m[0][0] * minor(1, 2) - m[0][1] * minor(0, 2) + m[0][2] * minor(0, 1);
}

/** Divides by the largest of a, b, c, d, so that no division is by a small number. */
function quaternOf(r: readonly (readonly number[])[]): [number, number, number] {
  const [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]] = r;
  const squares = [1 + xx + yy + zz, 1 + xx - yy - zz, 1 + yy - xx - zz, 1 + zz - xx - yy];
  const largest = squares.indexOf(Math.max(...squares));
  const s = 2 * Math.sqrt(squares[largest]);
  if (largest === 0) return [(zy - yz) / s, (xz - zx) / s, (yx - xy) / s];
  // a is never negative: the other three take the sign that makes it so.
  const a = [0, zy - yz, xz - zx, yx - xy][largest] / s;
  const rest: [number, number, number] =
    largest === 1
      ? [s / 4, (xy + yx) / s, (xz + zx) / s]
      : largest === 2
        ? [(xy + yx) / s, s / 4, (yz + zy) / s]
        : [(xz + zx) / s, (yz + zy) / s, s / 4];
  return a < 0 ? [-rest[0], -rest[1], -rest[2]] : rest;
}
