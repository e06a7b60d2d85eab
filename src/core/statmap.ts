/** What a contrast's map holds; p is one-sided (upper tail), as nilearn's. */
export type Stat = 'effect' | 'variance' | 't' | 'z' | 'p';

/** One contrast over all units. */
export interface ContrastMaps {
  readonly contrast: string;
  /** Where the units' dofs differ, their median. */
  readonly dof: number;
  /** Degrees of freedom of each unit's t, where they differ; 0 where a unit was masked. */
  readonly dofPerUnit?: Float64Array; // [units]
  readonly effect: Float64Array; // [units]
  readonly variance: Float64Array; // [units]
  readonly t: Float64Array; // [units]
  readonly z: Float64Array; // [units]
  readonly p: Float64Array; // [units]
}

/** What an F test's map holds; p is of the upper tail. */
export type FStat = 'F' | 'z' | 'p';

/** An F test of several contrasts at once, over all units. */
export interface FMaps {
  readonly contrast: string;
  /** Contrasts tested together, independent of each other. */
  readonly numerator: number;
  /** Degrees of freedom of the denominator. */
  readonly dof: number;
  /** Those of each unit, where they differ; 0 where a unit was masked. */
  readonly dofPerUnit?: Float64Array; // [units]
  readonly effects: readonly Float64Array[]; // [numerator][units]
  /** Covariances of the effects, residual variance included. */
  readonly covariance: Float64Array; // [units, numerator, numerator]
  readonly F: Float64Array; // [units]
  readonly z: Float64Array; // [units]
  readonly p: Float64Array; // [units]
}
