import { DataError } from '../../../core/errors.js';
import type { PromptGroups } from '../prompts.js';
import type { AccumulatedSums, Accumulation } from './accumulated-sums.js';
import { MOST_COLUMNS } from './prompt-moments.js';
import { sumsOfPrompts } from './sums-of-prompts.js';
import { sumsOfVolumes } from './sums-of-volumes.js';

/**
 * Reads a series once; by prompts, as its volumes come, where few columns change within them.
 * Memory: (columns + (1 + weightings) x prompts) x units, whatever the number of volumes.
 * @throws DataError `empty-mask`, `not-finite`.
 */
export async function accumulateByPrompt(options: Accumulation): Promise<AccumulatedSums> {
  const { series, groups, inside } = options;
  if (series.units === 0) {
    throw new DataError('empty-mask', {
      given: 'a series of no units (an empty mask)',
      expected: 'at least one unit',
      todo: 'Check that the mask and the image lie on the same grid.',
    });
  }
  const sums =
    inside.within <= MOST_COLUMNS ? await sumsOfPrompts(options) : await sumsOfVolumes(options);
  requireFinite(sums, groups);
  return sums;
}

function requireFinite(sums: AccumulatedSums, groups: PromptGroups): void {
  const units = sums.squares.length;
  const unit = sums.squares.findIndex((value) => !Number.isFinite(value));
  if (unit < 0) return;
  const prompt = groups.prompts.findIndex(
    (_, g) => !Number.isFinite(sums.weighted[0][0].sums[g * units + unit]),
  );
  throw new DataError('not-finite', {
    given: `NaN, infinite or overflowing values in unit ${unit} (counted from 0), first in prompt '${groups.prompts[Math.max(0, prompt)]}'`,
    expected: 'finite values in every volume and unit',
    todo: 'Leave those units out of the mask, or record the run again.',
  });
}
