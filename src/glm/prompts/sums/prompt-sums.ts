import type { DesignMatrix } from '../../../core/design.js';
import type { Arrivals, Series } from '../../../core/series.js';
import type { PromptGroups } from '../prompts.js';
import type { Weighting } from './accumulated-sums.js';
import { type DesignInPrompts, designInPrompts } from './design-in-prompts.js';
import { accumulateByPrompt } from './prompt-sums-accumulate.js';

/** A constant taken from each unit's data, and the columns' weights that make up a constant 1. */
export interface Shift {
  readonly values: Float64Array; // [units]
  readonly constant: Float64Array; // [columns]
}

/**
 * Everything a fit with prompts as random effects needs of one run or more: sums over the volumes that
 * lie in prompts, with q_t the rows of the design's orthonormal basis (X = Q R) and d the data less
 * their shift. Memory: (columns + prompts + 2) x units, whatever the number of volumes.
 */
export interface PromptSums {
  readonly names: readonly string[];
  /** Volumes in prompts. */
  readonly rows: number;
  readonly units: number;
  readonly prompts: readonly string[];
  /** Volumes of each prompt. */
  readonly counts: ArrayLike<number>; // [prompts]
  /** X inverseR = Q. */
  readonly inverseR: Float64Array; // [columns, columns]
  /** Sum of q_t over each prompt's volumes. */
  readonly designSums: Float64Array; // [prompts, columns]
  /** Sum of q_t d_t. */
  readonly columnSums: Float64Array; // [columns, units]
  /** Sum of d_t over each prompt's volumes. */
  readonly dataSums: Float64Array; // [prompts, units]
  /** Sum of d_t squared. */
  readonly squares: Float64Array; // [units]
  /** One a run whose design spans a constant. */
  readonly shifts: readonly Shift[];
}

/** Sum of a basis's rows over each prompt's volumes. */
function sumDesign({ basis, volumeOf }: DesignInPrompts, groups: PromptGroups): Float64Array {
  const p = basis.columns;
  const sums = new Float64Array(groups.prompts.length * p);
  volumeOf.forEach((volume, row) => {
    const to = groups.promptOf[volume] * p;
    for (let j = 0; j < p; j++) sums[to + j] += basis.q[row * p + j];
  });
  return sums; // [prompts, columns]
}

/**
 * Reads a series once and sums what fitMixed needs; volumes in no prompt are left out.
 * @throws DesignError `rank-deficient`, `too-few-rows`: of the rows in prompts.
 * @throws DataError `empty-mask`, `volumes`, `not-finite`.
 */
export async function sumByPrompt(options: {
  readonly series: Series;
  /** The series as it comes, where it is being made. */
  readonly arriving?: Arrivals | undefined;
  readonly design: DesignMatrix;
  readonly groups: PromptGroups;
}): Promise<PromptSums> {
  const { series, arriving, groups } = options;
  const inside = designInPrompts(options.design, groups, series.volumes);
  const ones: Weighting = { constant: 1, columns: null };
  const how = { inside, weightings: [ones], exactSquares: true };
  const sums = await accumulateByPrompt({ series, arriving, groups, ...how });
  const { constant, basis } = inside;
  return {
    names: options.design.names,
    rows: basis.rows,
    units: series.units,
    prompts: groups.prompts,
    counts: groups.counts,
    inverseR: basis.inverseR,
    designSums: sumDesign(inside, groups),
    columnSums: sums.columnSums,
    dataSums: sums.weighted[0][0].sums,
    squares: sums.squares,
    shifts: constant ? [{ values: sums.shift, constant }] : [],
  };
}
