import { type DynamicCache, Tensor } from '@huggingface/transformers';
import type { PassOutputs } from '../open/facade.js';
import type { TappedModel } from '../open/load.js';

/** Types of values that are activations. */
export type TapDtype = 'float32' | 'float16';

/** A tensor with one vector of values per token. */
export interface Tap {
  readonly tensor: string;
  /** The axis that counts tokens. */
  readonly tokenAxis: number;
  /** Values per token. */
  readonly width: number;
  /** The axes of one token's values; those of tokens and sequences are 1. */
  readonly gateShape: readonly number[];
  /** As the model hands them over; float16 comes as bits where Node has no such array. */
  readonly dtype: TapDtype;
}

/** Two passes whose lengths differ in every way a tensor's axes may follow: new, past and all tokens. */
const FIRST = 3;
const SECOND = 2;

/**
 * Which of the tapped tensors hold one vector of float values per token, found by running the model:
 * three tokens, then two more on top of their cache, or without one where the model has none. The
 * token axis is the one axis whose length goes from 3 to 2; attention weights have two axes that
 * change, and cached keys one that grows to 5.
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
  const cache = cacheOf(first);
  await run({
    input_ids: tokens(SECOND),
    attention_mask: ones(cache ? FIRST + SECOND : SECOND),
    ...(cache && { past_key_values: cache }),
  });
  loaded.watch = null;
  const [before, after] = passes;
  return tensors.flatMap((tensor) => {
    const { dims, type, size } = before[tensor];
    const tokenAxis = axisOfTokens(dims, after[tensor].dims);
    if (tokenAxis === null || !isDtype(type)) return [];
    const gateShape = dims.map((length, axis) => (axis === tokenAxis ? 1 : length));
    return [{ tensor, tokenAxis, width: size / FIRST, gateShape, dtype: type }];
  });
}

const isDtype = (type: string): type is TapDtype => type === 'float32' || type === 'float16';

/** `present.*` of a pass, named as the next pass takes them; null where there are none. */
function cacheOf(outputs: Record<string, Tensor>): DynamicCache | null {
  const present = Object.entries(outputs).filter(([name]) => name.startsWith('present'));
  if (present.length === 0) return null;
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
