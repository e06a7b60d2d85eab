/** The regressors of one run. */
export interface DesignMatrix {
  /** One name a column, kept exactly as given. */
  readonly names: readonly string[];
  /** Volumes, or prompts where prompts are the sample. */
  readonly rows: number;
  readonly values: Float64Array; // [rows, names.length], row-major
}

/** A named, weighted sum of a design's columns. */
export interface Contrast {
  readonly name: string;
  /** Weight of each named column; columns not named weigh 0. */
  readonly weights: ReadonlyMap<string, number>;
}

/** Contrasts tested together: is any of them other than 0? */
export interface FContrast {
  readonly name: string;
  readonly rows: readonly Contrast[];
}
