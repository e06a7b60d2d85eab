import { type DynamicCache, Tensor } from '@huggingface/transformers';
import type { PassOutputs } from './facade.js';
import type { TappedModel } from './load.js';

/** A tensor with one vector of values per token. */
export interface Tap {
  readonly tensor: string;
  /** The axis that counts tokens. */
  readonly tokenAxis: number;
  /** Values per token. */
  readonly width: number;
}

/** Two passes whose lengths differ in every way a tensor's axes may follow: new, past and all tokens. */
const FIRST = 3;
const SECOND = 2;

/**
 * Which of the tapped tensors hold one vector of float values per token, found by running the model:
 * three tokens, then two more on top of their cache. The token axis is the one axis whose length goes
 * from 3 to 2; attention weights have two axes that change, and cached keys one that grows to 5.
 */
export async function probe(loaded: TappedModel, tensors: readonly string[]): Promise<Tap[]> {
  const passes: PassOutputs[] = [];
  loaded.watch = (outputs) => {
    passes.push(outputs);
  };
  const ones = (length: number) =>
    new Tensor('int64', new BigInt64Array(length).fill(1n), [1, length]);
  const tokens = (length: number) => {
    const ids = BigInt64Array.from({ length }, (_, i) => BigInt(i + 4));
    return new Tensor('int64', ids, [1, length]);
  };
  const run = loaded.model as unknown as (
    inputs: Record<string, unknown>,
  ) => Promise<Record<string, Tensor>>;
  const first = await run({ input_ids: tokens(FIRST), attention_mask: ones(FIRST) });
  await run({
    input_ids: tokens(SECOND),
    attention_mask: ones(FIRST + SECOND),
    past_key_values: cacheOf(first),
  });
  loaded.watch = null;
  const [before, after] = passes;
  return tensors.flatMap((tensor) => {
    const tokenAxis = axisOfTokens(before[tensor].dims, after[tensor].dims);
    if (tokenAxis === null || !/^float(16|32)$/.test(before[tensor].type)) return [];
    return [{ tensor, tokenAxis, width: before[tensor].size / FIRST }];
  });
}

/** `present.*` of a pass, named as the next pass takes them. */
function cacheOf(outputs: Record<string, Tensor>): DynamicCache {
  const present = Object.entries(outputs).filter(([name]) => name.startsWith('present'));
  return Object.fromEntries(
    present.map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor]),
  ) as unknown as DynamicCache;
}

function axisOfTokens(before: readonly number[], after: readonly number[]): number | null {
  if (before.length !== after.length) return null;
  const changed = before.flatMap((length, axis) => (length === after[axis] ? [] : [axis]));
  const [axis] = changed;
  return changed.length === 1 && before[axis] === FIRST && after[axis] === SECOND ? axis : null;
}
