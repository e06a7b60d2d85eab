import type { PermutationRule } from '../../../glm/contrast/threshold.js';
import type { PermutationMaps } from '../../../glm/group/permutation.js';
import type { Scheme } from '../../../glm/group/permutation-rearrangements.js';

/** Sizes of t that differ by less, relatively, are the same but for rounding. */
const TIE = 1e-9;

/** What rearranging the data says of one contrast. */
export interface Permuted extends PermutationMaps {
  readonly seed: number;
  readonly scheme: Scheme;
  /** What changes places. */
  readonly exchanged: string;
}

/** The smallest corrected p that can come out: rearrangements with the opposite t share it. */
export function smallestP({ maxima, permutations, t }: Permuted): number {
  const observed = t.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const all = [observed, ...maxima]; // [1 + permutations]
  const largest = all.reduce((a, b) => Math.max(a, b)) * (1 - TIE);
  return all.filter((value) => value >= largest).length / (1 + permutations);
}

/** The |t| beyond which a unit is active: of the largest |t| of each rearrangement, alpha lie above. */
export function criticalT({ maxima, permutations }: Permuted, { alpha }: PermutationRule): number {
  const above = Math.floor(alpha * (1 + permutations)) - 1;
  return above < 0 ? Number.POSITIVE_INFINITY : maxima.slice().sort().reverse()[above];
}
