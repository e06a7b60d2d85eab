import * as ort from 'onnxruntime-node';
import type { Cache, Feeds } from './cache.js';

type Data = { subarray(from: number, to: number): Data; set(from: Data, at: number): void };
type TypedTensor = ort.Tensor & { readonly data: Data };

const PAST = 'past_key_values';
const MASK = 'attention_mask';

/**
 * The feeds of several sequences as one batch, shorter ones padded with zeros on the left (as their
 * attention mask says). The cache is the batch's own; before the first pass it is empty. Inputs that
 * do not count sequences (flags) are the first sequence's.
 */
export function mergeFeeds(
  names: readonly string[],
  feeds: readonly Feeds[],
  cache: Cache,
): Record<string, ort.Tensor> {
  const { past } = cache;
  const merge = (name: string): ort.Tensor => {
    const [first] = feeds;
    if (name.startsWith(PAST)) return past[name] ?? emptyCache(first[name], feeds.length);
    if (first[name].dims.length !== 2) return first[name];
    const merged = stackLeftPadded(feeds.map((own) => own[name]) as TypedTensor[]);
    return name === MASK ? hideFree(merged, cache) : merged;
  };
  return Object.fromEntries(names.map((name) => [name, merge(name)]));
}

function emptyCache(one: ort.Tensor, sequences: number): ort.Tensor {
  return tensorOf(one.type, new (constructorOf(one))(0), [sequences, ...one.dims.slice(1)]);
}

/** @param tensors of [1, tokens], as long as they are // [sequences] */
function stackLeftPadded(tensors: readonly TypedTensor[]): TypedTensor {
  const [first] = tensors;
  if (tensors.length === 1) return first;
  const width = Math.max(...tensors.map(({ dims }) => dims[1]));
  const data = new (constructorOf(first))(tensors.length * width);
  for (const [row, tensor] of tensors.entries()) {
    data.set(tensor.data, row * width + width - tensor.dims[1]);
  }
  return tensorOf(first.type, data, [tensors.length, width]); // [sequences, tokens]
}

/** The mask with the cache's free columns masked: they stand between the filled ones and the new. */
function hideFree(mask: TypedTensor, { filled, capacity }: Cache): TypedTensor {
  if (capacity === filled) return mask;
  const [sequences, tokens] = mask.dims;
  const width = tokens + capacity - filled;
  const data = new (constructorOf(mask))(sequences * width);
  for (let row = 0; row < sequences; row++) {
    const from = row * tokens;
    data.set(mask.data.subarray(from, from + filled), row * width);
    data.set(mask.data.subarray(from + filled, from + tokens), row * width + capacity);
  }
  return tensorOf(mask.type, data, [sequences, width]);
}

/**
 * What each sequence is told of a pass: its logits at the last position, and in place of the cache
 * tensors without values that only tell its length.
 */
export function splitOutputs(
  outputs: Feeds,
  names: readonly string[],
  pass: { readonly sequences: number; readonly cache: Cache },
): Record<string, ort.Tensor>[] {
  const { sequences, cache } = pass;
  const [example] = Object.values(cache.past);
  const told = names.filter((name) => outputs[name] || (example && name.startsWith('present')));
  const share = (name: string, row: number): ort.Tensor => {
    if (name.startsWith('present')) {
      const [, heads, , width] = example.dims;
      return tensorOf(example.type, new (constructorOf(example))(0), [
        0,
        heads,
        cache.filled,
        width,
      ]);
    }
    return lastOf(outputs[name] as TypedTensor, row);
  };
  return Array.from({ length: sequences }, (_, row) =>
    Object.fromEntries(told.map((name) => [name, share(name, row)])),
  );
}

function lastOf(tensor: TypedTensor, row: number): ort.Tensor {
  const { dims, type } = tensor;
  if (dims.length !== 3) return tensor;
  const [, tokens, width] = dims;
  const end = (row + 1) * tokens * width;
  return tensorOf(type, tensor.data.subarray(end - width, end), [1, 1, width]);
}

type Constructor = new (length: number) => Data;

function constructorOf(tensor: ort.Tensor): Constructor {
  return tensor.data.constructor as unknown as Constructor;
}

function tensorOf(type: ort.Tensor['type'], data: Data, dims: readonly number[]): TypedTensor {
  const tensor = new ort.Tensor(type as 'float32', data as unknown as Float32Array, dims);
  return tensor as unknown as TypedTensor;
}
