import { open } from 'node:fs/promises';
import { FileError } from '../core/errors.js';
import { halvesToFloats } from './half.js';
import type { StoredTensor } from './tensors.js';

/** Bytes read at a time; a multiple of every type's size. */
const PIECE = 1 << 22;

interface StoredType {
  readonly bytes: number;
  readonly decode: (data: ArrayBuffer) => ArrayLike<number>;
}

/** What weights are stored as, by onnx.TensorProto.DataType. Raw data are little-endian. */
const TYPES: Readonly<Record<number, StoredType>> = {
  1: { bytes: 4, decode: (data) => new Float32Array(data) },
  2: { bytes: 1, decode: (data) => new Uint8Array(data) },
  3: { bytes: 1, decode: (data) => new Int8Array(data) },
  10: { bytes: 2, decode: (data) => halvesToFloats(new Uint16Array(data)) },
  11: { bytes: 8, decode: (data) => new Float64Array(data) },
  16: { bytes: 2, decode: (data) => fromBfloat(new Uint16Array(data)) },
};
const HALF = 10;

/** bfloat16 is the upper half of float32. */
function fromBfloat(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (upper) => upper * 65536).buffer);
}

/** How many numbers a tensor has. */
export const valueCount = ({ dims }: StoredTensor): number =>
  dims.reduce((product, size) => product * size, 1);

/** Whether a tensor's numbers can be read. */
export const isReadable = ({ dataType }: StoredTensor): boolean => dataType in TYPES;

/**
 * A tensor's numbers in their order, piece by piece: memory does not grow with the tensor.
 * @param paths where the model's weight files lie, by the names the model calls them
 * @throws FileError `file/short-weights` where the file ends early
 */
export async function* storedValues(
  { dataType, dims, data }: StoredTensor,
  paths: ReadonlyMap<string, string>,
): AsyncGenerator<ArrayLike<number>> {
  const { bytes, decode } = TYPES[dataType];
  if (data instanceof Uint8Array) {
    yield decode(Uint8Array.from(data).buffer);
    return;
  }
  if (!('location' in data)) {
    yield dataType === HALF ? halvesToFloats(Uint16Array.from(data)) : data;
    return;
  }
  const path = paths.get(data.location) ?? data.location;
  const length = dims.reduce((product, size) => product * size, bytes);
  const handle = await open(path);
  try {
    for (let at = 0; at < length; at += PIECE) {
      const piece = new Uint8Array(Math.min(PIECE, length - at));
      const { bytesRead } = await handle.read(piece, 0, piece.length, data.offset + at);
      if (bytesRead !== piece.length) throw shortWeights(path, data.offset + length);
      yield decode(piece.buffer);
    }
  } finally {
    await handle.close();
  }
}

/** All of a small tensor's numbers. */
export async function allValues(
  tensor: StoredTensor,
  paths: ReadonlyMap<string, string>,
): Promise<number[]> {
  const values: number[] = [];
  for await (const piece of storedValues(tensor, paths)) {
    for (let i = 0; i < piece.length; i++) values.push(piece[i]);
  }
  return values;
}

function shortWeights(path: string, end: number): FileError {
  return new FileError('short-weights', {
    given: `${path}, which ends early`,
    expected: `${end} bytes, as the model says`,
    todo: 'Download or export the model again.',
  });
}
