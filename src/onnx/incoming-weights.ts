import { readAttributes } from './attributes.js';
import { flowOf } from './flow.js';
import { readGraph } from './graph.js';
import { type Projection, projectionOf } from './projection.js';
import { readSkeleton } from './skeleton.js';
import { allValues, isReadable, storedValues } from './stored-values.js';
import { readInitializers, type StoredTensor } from './tensors.js';
import { findWeightFiles } from './weight-files.js';

/** A tensor of a model, and how many units it has. */
export interface UnitTensor {
  readonly tensor: string;
  readonly width: number;
}

interface Weights {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Weight files, by the names the model calls them. */
  readonly paths: ReadonlyMap<string, string>;
}

/**
 * The Euclidean norm of every unit's incoming weights, without its bias: of its column of the matrix
 * that its tensor's source multiplies by, or of the table that it is looked up in. Weights are read
 * from the files as they are needed; quantised ones count as what they stand for.
 * @param file the ONNX model
 * @returns a list of norms [width] for each tensor; null where its units have no weights of their own
 * (projection.ts), or in a form that is not known
 * @throws FileError `file/not-onnx`, `file/outside-model`, `file/no-weights`, `file/short-weights`
 */
export async function incomingNorms(
  file: string,
  tensors: readonly UnitTensor[],
): Promise<(Float64Array | null)[]> {
  const skeleton = await readSkeleton(file);
  const flow = flowOf(readGraph(skeleton));
  const attributes = readAttributes(skeleton);
  const files = await findWeightFiles(skeleton, file);
  const weights: Weights = {
    tensors: readInitializers(skeleton),
    paths: new Map(files.map(({ location, path }) => [location, path])),
  };
  const known = new Map<string, Promise<Float64Array | null>>();
  return Promise.all(
    tensors.map(async ({ tensor, width }) => {
      const projection = projectionOf(flow, attributes, tensor);
      if (!projection) return null;
      const key = JSON.stringify(projection);
      const norms = await (known.get(key) ?? normsOf(projection, weights, known, key));
      return norms?.length === width ? norms : null;
    }),
  );
}

function normsOf(
  projection: Projection,
  weights: Weights,
  known: Map<string, Promise<Float64Array | null>>,
  key: string,
): Promise<Float64Array | null> {
  const norms =
    projection.form === 'matrix'
      ? normsOfMatrix(projection, weights)
      : normsOfBlocks(projection, weights);
  known.set(key, norms);
  return norms;
}

/** Values of an initializer that may be left out; null where they cannot be read. */
async function parameter(
  name: string,
  otherwise: number,
  { tensors, paths }: Weights,
): Promise<readonly number[] | null> {
  if (name === '') return [otherwise];
  const tensor = tensors.get(name);
  return tensor && isReadable(tensor) ? allValues(tensor, paths) : null;
}

async function normsOfMatrix(
  { weights: name, transposed, ...quantised }: Extract<Projection, { form: 'matrix' }>,
  weights: Weights,
): Promise<Float64Array | null> {
  const matrix = weights.tensors.get(name);
  if (matrix?.dims.length !== 2 || !isReadable(matrix)) return null;
  const scale = await parameter(quantised.scale, 1, weights);
  const zero = await parameter(quantised.zeroPoint, 0, weights);
  const [inputs, units] = transposed ? [...matrix.dims].reverse() : matrix.dims;
  if (![scale, zero].every((list) => list?.length === 1 || list?.length === units)) return null;
  const of = (list: readonly number[] | null, unit: number) => list![list!.length > 1 ? unit : 0];
  const zeros = Float64Array.from({ length: units }, (_, unit) => of(zero, unit));
  const squares = new Float64Array(units);
  let [unit, input] = [0, 0];
  for await (const values of storedValues(matrix, weights.paths)) {
    for (let i = 0; i < values.length; i++) {
      squares[unit] += (values[i] - zeros[unit]) ** 2;
      if (transposed) {
        if (++input === inputs) [input, unit] = [0, unit + 1];
      } else if (++unit === units) unit = 0;
    }
  }
  return squares.map((square, u) => Math.sqrt(square) * Math.abs(of(scale, u)));
}

/**
 * A row a unit; a row's integers follow each other, the first in a byte's lowest bits.
 * Source: onnxruntime, docs/ContribOperators.md, com.microsoft.MatMulNBits.
 */
async function normsOfBlocks(
  blocks: Extract<Projection, { form: 'blocks' }>,
  weights: Weights,
): Promise<Float64Array | null> {
  const { inputs, units, blockSize, bits } = blocks;
  const matrix = weights.tensors.get(blocks.weights);
  const zeroTensor = weights.tensors.get(blocks.zeroPoint);
  const packs = bits === 4 || bits === 8;
  const UINT8 = 2;
  if (!packs || matrix?.dataType !== UINT8 || (zeroTensor && zeroTensor.dataType !== UINT8)) {
    return null;
  }
  const scale = await parameter(blocks.scale, 1, weights);
  const zeroBytes = zeroTensor ? await allValues(zeroTensor, weights.paths) : null;
  const inRow = Math.ceil(inputs / blockSize);
  const perByte = 8 / bits;
  const rowBytes = (inRow * blockSize) / perByte;
  const zeroRow = Math.ceil(inRow / perByte);
  const part = (byte: number, i: number) => (byte >> (bits * (i % perByte))) & (2 ** bits - 1);
  const zeroOf = (unit: number, block: number) =>
    zeroBytes
      ? part(zeroBytes[unit * zeroRow + Math.floor(block / perByte)], block)
      : 2 ** (bits - 1);
  if (scale?.length !== units * inRow) return null;
  const squares = new Float64Array(units);
  let at = 0; // bytes
  for await (const bytes of storedValues(matrix, weights.paths)) {
    for (let b = 0; b < bytes.length; b++, at++) {
      const unit = Math.floor(at / rowBytes);
      const first = (at % rowBytes) * perByte;
      const block = Math.floor(first / blockSize);
      const [zero, step] = [zeroOf(unit, block), scale[unit * inRow + block]];
      for (let i = 0; i < perByte && first + i < inputs; i++) {
        squares[unit] += ((part(bytes[b], i) - zero) * step) ** 2;
      }
    }
  }
  return squares.map(Math.sqrt);
}
