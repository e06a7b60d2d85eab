import type { Arrivals, Series } from '../../../core/series.js';
import type { PromptGroups } from '../prompts.js';
import type { DesignInPrompts } from './design-in-prompts.js';

/** Sums over the volumes in prompts of a series' data d, less the shift. */
export interface AccumulatedSums {
  /** First value of each unit where the design spans a constant, which takes it up; else 0. */
  readonly shift: Float64Array; // [units]
  /** Sum of q_t d_t. */
  readonly columnSums: Float64Array; // [columns, units]
  /** For each weighting w, the sum of w_t d_t over each prompt, in parts that are to be added. */
  readonly weighted: readonly (readonly ScaledSums[])[]; // [weightings][parts]
  /** Sum of d_t squared, or of what the prompts' means make of it. */
  readonly squares: Float64Array; // [units]
}

/** What a volume weighs: w_t = constant + the sum of columns_gj q_tj, in prompt g. */
export interface Weighting {
  readonly constant: number;
  readonly columns: Float64Array | null; // [prompts, columns]
}

/** Sums over each prompt, times a scale of the prompt's own; weightings may share the sums. */
export interface ScaledSums {
  readonly sums: Float64Array; // [prompts, units]
  readonly scales: Float64Array; // [prompts]
}

/** What is to be summed. */
export interface Accumulation {
  readonly series: Series;
  /** The series as it comes, where it is being made. */
  readonly arriving?: Arrivals | undefined;
  readonly groups: PromptGroups;
  readonly inside: DesignInPrompts;
  readonly weightings: readonly Weighting[];
  /** Whether squares have to hold what differs within prompts, which takes longer. */
  readonly exactSquares: boolean;
}
