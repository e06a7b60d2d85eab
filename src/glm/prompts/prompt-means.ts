import { DataError } from '../../core/errors.js';
import type { Arrivals, Block, Series, Stretch } from '../../core/series.js';
import { addRows } from '../../math/add-rows.js';
import type { BrokenPolicy } from '../fit/broken-units.js';
import type { PromptGroups } from './prompts.js';

type Summable = Pick<Stretch, 'first' | 'volumes' | 'addTo'>;

/** The sums of a prompt's volumes so far; their means when it is whole. */
interface OpenPrompt {
  readonly sums: Float64Array; // [units]
  seen: number;
}

/** A series' blocks as stretches, of whatever type their values are. */
async function* stretchesOf(source: Series | Arrivals): AsyncGenerator<Summable> {
  if ('stretches' in source) return yield* source.stretches();
  const { units } = source;
  for await (const { first, volumes, values } of source.blocks()) {
    yield {
      ...{ first, volumes },
      addTo(sums, from, to, divisor) {
        const row = (v: number) => values.subarray(v * units, (v + 1) * units);
        const rows = Array.from({ length: to - from }, (_, i) => row(from + i));
        addRows(sums, rows, divisor);
      },
    };
  }
}

const emptied = (sums: Float64Array | undefined, units: number) =>
  sums?.fill(0) ?? new Float64Array(units);

function requireFinite(sums: Float64Array, prompt: string): void {
  const unit = sums.findIndex((sum) => !Number.isFinite(sum));
  if (unit < 0) return;
  throw new DataError('not-finite', {
    given: `NaN or infinite values in prompt '${prompt}', first in unit ${unit} (counted from 0)`,
    expected: 'finite values in every volume and unit',
    todo: 'Leave those units out of the mask, or record the run again.',
  });
}

/**
 * A series of one row a prompt, the mean of its volumes; volumes in no prompt are left out. Read once,
 * with the sums of the prompts now open in memory: one, unless a prompt comes back later in the run.
 * Volumes of different prompts may come in any order, each prompt's own in theirs: prompts that are
 * whole wait for those before them.
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
  const { prompts, promptOf, counts } = groups;
  const { units } = source;
  async function* blocks(): AsyncGenerator<Block> {
    const open = new Map<number, OpenPrompt>();
    const whole = new Map<number, Float64Array>();
    const spare: Float64Array[] = []; // [units]
    let next = 0;
    for await (const { first, volumes, addTo } of stretchesOf(source)) {
      for (let from = 0, to = 0; from < volumes; from = to) {
        const prompt = promptOf[first + from];
        while (to < volumes && promptOf[first + to] === prompt) to++;
        if (prompt < 0) continue;
        const own = open.get(prompt) ?? { sums: emptied(spare.pop(), units), seen: 0 };
        open.set(prompt, own);
        own.seen += to - from;
        const isWhole = own.seen === counts[prompt];
        addTo(own.sums, from, to, isWhole ? own.seen : 1);
        if (!isWhole) continue;
        open.delete(prompt);
        if (options.broken !== 'mask') requireFinite(own.sums, prompts[prompt]);
        whole.set(prompt, own.sums);
      }
      for (let values = whole.get(next); values; values = whole.get(next)) {
        yield { first: next, volumes: 1, values };
        whole.delete(next++);
        spare.push(values);
      }
    }
  }
  return { volumes: prompts.length, units, blocks };
}
