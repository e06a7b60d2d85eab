import * as ort from 'onnxruntime-node';

type Feeds = Readonly<Record<string, ort.Tensor>>;
type Data = { subarray(from: number, to: number): Data; set(from: Data, at: number): void };
type TypedTensor = ort.Tensor & { readonly data: Data; readonly size: number };

const PAST = 'past_key_values';

/**
 * The feeds of several sequences as one batch, shorter ones padded with zeros on the left (as their
 * attention mask says). The cache is the batch's own, from its last pass; in the first pass it is
 * empty. Inputs that do not count sequences (flags) are the first sequence's.
 */
export function mergeFeeds(
  names: readonly string[],
  feeds: readonly Feeds[],
  cache: Feeds,
): Record<string, ort.Tensor> {
  const merge = (name: string): ort.Tensor => {
    const [first] = feeds;
    if (name.startsWith(PAST)) return cache[name] ?? emptyCache(first[name], feeds.length);
    const tensors = feeds.map((own) => own[name]) as TypedTensor[];
    return first[name].dims.length === 2 ? stackLeftPadded(tensors) : first[name];
  };
  return Object.fromEntries(names.map((name) => [name, merge(name)]));
}

function emptyCache(one: ort.Tensor, sequences: number): ort.Tensor {
  return tensorOf(one.type, new (constructorOf(one))(0), [sequences, ...one.dims.slice(1)]);
}

/** @param tensors of [1, tokens], as long as they are // [sequences] */
function stackLeftPadded(tensors: readonly TypedTensor[]): ort.Tensor {
  const [first] = tensors;
  if (tensors.length === 1) return first;
  const width = Math.max(...tensors.map(({ dims }) => dims[1]));
  const data = new (constructorOf(first))(tensors.length * width);
  for (const [row, tensor] of tensors.entries()) {
    data.set(tensor.data, row * width + width - tensor.dims[1]);
  }
  return tensorOf(first.type, data, [tensors.length, width]); // [sequences, tokens]
}

/**
 * Each sequence's share of a batch's outputs: its logits at the last position, and in place of the
 * cache tensors without values that only tell its length.
 */
export function splitOutputs(
  outputs: Feeds,
  names: readonly string[],
  sequences: number,
): Record<string, ort.Tensor>[] {
  return Array.from({ length: sequences }, (_, row) =>
    Object.fromEntries(names.map((name) => [name, share(name, outputs[name] as TypedTensor, row)])),
  );
}

function share(name: string, tensor: TypedTensor, row: number): ort.Tensor {
  const { dims, type } = tensor;
  if (name.startsWith('present')) {
    return tensorOf(type, new (constructorOf(tensor))(0), [0, ...dims.slice(1)]);
  }
  if (dims.length !== 3) return tensor;
  const [, tokens, width] = dims;
  const end = (row + 1) * tokens * width;
  return tensorOf(type, tensor.data.subarray(end - width, end), [1, 1, width]);
}

type Constructor = new (length: number) => Data;

function constructorOf(tensor: ort.Tensor): Constructor {
  return tensor.data.constructor as unknown as Constructor;
}

function tensorOf(type: ort.Tensor['type'], data: Data, dims: readonly number[]): ort.Tensor {
  return new ort.Tensor(type as 'float32', data as unknown as Float32Array, dims);
}
