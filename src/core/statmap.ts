/** What a contrast's map holds; p is one-sided (upper tail), as nilearn's. */
export type Stat = 'effect' | 'variance' | 't' | 'z' | 'p';

/** One contrast over all units. */
export interface ContrastMaps {
  readonly contrast: string;
  readonly dof: number;
  readonly effect: Float64Array; // [units]
  readonly variance: Float64Array; // [units]
  readonly t: Float64Array; // [units]
  readonly z: Float64Array; // [units]
  readonly p: Float64Array; // [units]
}
