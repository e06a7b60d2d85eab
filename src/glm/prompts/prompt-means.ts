import { DataError } from '../../core/errors.js';
import type { Arrivals, Block, Series } from '../../core/series.js';
import { areFinite } from '../../math/finite.js';
import { type RowSums, rowSums } from '../../math/row-sums.js';
import { UNITS_AT_ONCE } from '../../math/wasm/row-kernel.js';
import type { BrokenPolicy } from '../fit/broken-units.js';
import { rangesOf } from '../fit/moment-tile.js';
import { type Gathering, gatherByPrompt, memoryFor } from './by-prompt.js';
import type { PromptGroups } from './prompts.js';

function requireFinite(means: Float64Array, prompt: string): void {
  if (areFinite(means)) return;
  const unit = means.findIndex((mean) => !Number.isFinite(mean));
  throw new DataError('not-finite', {
    given: `NaN or infinite values in prompt '${prompt}', first in unit ${unit} (counted from 0)`,
    expected: 'finite values in every volume and unit',
    todo: 'Leave those units out of the mask, or record the run again.',
  });
}

/** Sums of a prompt's volumes so far; their means when it is whole. */
function meansOf(fresh: () => RowSums): Gathering<RowSums> {
  return {
    start: (spare) => spare ?? fresh(),
    add: (own, rows, { seen, isWhole }) =>
      own.add(rows, { fresh: seen === 0, divisor: isWhole ? seen + rows.length : 1 }),
  };
}

/**
 * A series of one row a prompt, the mean of its volumes; read as gatherByPrompt says.
 *
 * Prompts weigh the same whatever their number of tokens: tokens of a prompt share its level, so the
 * variance of a prompt's mean is mostly between prompts and hardly falls with more tokens.
 * Reading throws DataError `not-finite`, naming the prompt, unless broken units are masked later.
 */
export function promptMeans(
  source: Series | Arrivals,
  groups: PromptGroups,
  options: { readonly broken?: BrokenPolicy } = {},
): Series {
  const { units } = source;
  async function* blocks(): AsyncGenerator<Block> {
    const { memory, fresh } = memoryFor(rowSums(units), source, { groups });
    for await (const { add, whole } of gatherByPrompt(source, groups, meansOf(fresh), { memory })) {
      for (const range of rangesOf(units, UNITS_AT_ONCE)) add(range);
      for (const { first, owns } of whole) {
        const [{ sums }] = owns;
        if (options.broken !== 'mask') requireFinite(sums, groups.prompts[first]);
        yield { first, volumes: 1, values: sums };
      }
    }
  }
  return { volumes: groups.prompts.length, units, blocks };
}
