import type { Contrast, DesignMatrix } from '../../../core/design.js';
import { permutationTest } from '../../../glm/group/permutation.js';
import { testedModel } from '../../../glm/group/permutation-model.js';
import type { Exchangeability, Scheme } from '../../../glm/group/permutation-rearrangements.js';
import { type SubjectMap, seriesOfMaps } from '../../../glm/group/second-level.js';
import type { Permuted } from '../fit/permuted.js';
import type { Permutations } from '../model/request.js';

/**
 * Rearranges subjects' maps: within subjects where each has several; by shuffles where a mean of all
 * stays as it is (two samples, covariates); else by sign flips (one sample).
 * @throws DesignError, DataError as permutationTest
 */
export async function permuteSubjects(options: {
  readonly maps: readonly SubjectMap[]; // [maps][units]
  readonly design: DesignMatrix;
  readonly contrast: Contrast;
  readonly subjects: readonly string[]; // [maps]
  readonly permutations: Permutations;
}): Promise<Permuted> {
  const { maps, design, contrast, subjects, permutations } = options;
  const { count, seed } = permutations;
  const isWithin = new Set(subjects).size < subjects.length;
  const isShuffled = isWithin || testedModel(design, contrast).constantFirst;
  const scheme: Scheme = isShuffled ? 'shuffles' : 'sign-flips';
  const exchangeability: Exchangeability = isWithin
    ? { kind: 'within-blocks', blockOf: subjects }
    : { kind: 'rows' };
  const series = seriesOfMaps(maps);
  const own = { series, design, contrast, scheme, exchangeability, permutations: count, seed };
  const exchanged = isWithin ? 'maps within their subject' : 'subjects';
  return { ...(await permutationTest(own)), seed, scheme, exchanged };
}
