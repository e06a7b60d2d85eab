/** The bijection unit <-> voxel. */
export interface Grid {
  /** Voxels along x, y and z. */
  readonly shape: readonly [number, number, number];
  /** Voxel indices to millimetres, row-major. */
  readonly affine: Affine; // [4, 4]
  /** Linear index of each unit's voxel, x fastest (as in the file). */
  readonly voxelOfUnit: Int32Array; // [units]
}

/** Voxel indices to millimetres: three rows of a homogeneous matrix's four (the last is 0 0 0 1). */
export type Affine = readonly [Row, Row, Row];
type Row = readonly [number, number, number, number];
