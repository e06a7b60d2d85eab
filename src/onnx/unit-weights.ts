import { readAttributes } from './attributes.js';
import { flowOf } from './flow.js';
import { readGraph } from './graph.js';
import {
  type BlocksProjection,
  type MatrixProjection,
  type Projection,
  projectionOf,
} from './projection.js';
import { readSkeleton } from './skeleton.js';
import { allValues, isReadable, storedValues, valueCount } from './stored-values.js';
import { readInitializers, type StoredTensor } from './tensors.js';
import { findWeightFiles } from './weight-files.js';

/** A tensor of a model, and how many units it has. */
export interface UnitTensor {
  readonly tensor: string;
  readonly width: number;
}

/** The weights that a tensor's units come from, without their biases: a column a unit. */
export interface UnitWeights {
  /** Name of the initializer. */
  readonly matrix: string;
  readonly inputs: number;
  readonly units: number;
  /** Whether they are stored unit by unit, else input by input. */
  readonly byUnit: boolean;
  /** Whether they are looked up (an embedding), not multiplied by. */
  readonly isTable: boolean;
  /**
   * All of them in the order they are stored, piece by piece: [units, inputs] where `byUnit`, else
   * [inputs, units]. Quantised ones are given as what they stand for.
   * @throws FileError `file/short-weights` where the file ends early
   */
  pieces(): AsyncGenerator<ArrayLike<number>>;
}

/**
 * Why there are no weights: none are found, as units are sums, products or normalisations of others or
 * their operator is not known (projection.ts), or those that are cannot be read.
 */
export type Without = 'none found' | 'in a form that is not read';

/** Finds the weights of a tensor's units; the same weights are the same object. */
export type WeightFinder = (tensor: UnitTensor) => UnitWeights | Without;

interface Stored {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Weight files, by the names the model calls them. */
  readonly paths: ReadonlyMap<string, string>;
}

/**
 * Opens a model's weights, which stay in its files until they are asked for.
 * @param file the ONNX model
 * @throws FileError `file/not-onnx`, `file/outside-model`, `file/no-weights`, `file/short-weights`
 */
export async function openUnitWeights(file: string): Promise<WeightFinder> {
  const skeleton = await readSkeleton(file);
  const flow = flowOf(readGraph(skeleton));
  const attributes = readAttributes(skeleton);
  const files = await findWeightFiles(skeleton, file);
  const stored: Stored = {
    tensors: readInitializers(skeleton),
    paths: new Map(files.map(({ location, path }) => [location, path])),
  };
  const known = new Map<string, UnitWeights | null>();
  return ({ tensor, width }) => {
    const projection = projectionOf(flow, attributes, tensor);
    if (!projection) return 'none found';
    const key = JSON.stringify(projection);
    const weights = known.has(key) ? known.get(key)! : weightsOf(projection, stored);
    known.set(key, weights);
    return weights?.units === width ? weights : 'in a form that is not read';
  };
}

/** Goes through all weights once, in the order they are stored. @throws FileError `file/short-weights` */
export async function eachWeight(
  { inputs, units, byUnit, pieces }: UnitWeights,
  visit: (unit: number, input: number, weight: number) => void,
): Promise<void> {
  let [unit, input] = [0, 0];
  for await (const weights of pieces()) {
    for (let i = 0; i < weights.length; i++) {
      visit(unit, input, weights[i]);
      if (byUnit) {
        if (++input === inputs) [input, unit] = [0, unit + 1];
      } else if (++unit === units) [unit, input] = [0, input + 1];
    }
  }
}

const weightsOf = (projection: Projection, stored: Stored) =>
  projection.form === 'matrix'
    ? weightsOfMatrix(projection, stored)
    : weightsOfBlocks(projection, stored);

/** An initializer that may be left out: how many values it has, and what they are. */
function parameter(name: string, otherwise: number, { tensors, paths }: Stored) {
  if (name === '') return { count: 1, values: async () => [otherwise] };
  const tensor = tensors.get(name);
  if (!tensor || !isReadable(tensor)) return null;
  return { count: valueCount(tensor), values: () => allValues(tensor, paths) };
}

function weightsOfMatrix(
  { weights: name, transposed, isTable, ...quantised }: MatrixProjection,
  stored: Stored,
): UnitWeights | null {
  const matrix = stored.tensors.get(name);
  if (matrix?.dims.length !== 2 || !isReadable(matrix)) return null;
  const scale = parameter(quantised.scale, 1, stored);
  const zero = parameter(quantised.zeroPoint, 0, stored);
  const [inputs, units] = transposed ? [...matrix.dims].reverse() : matrix.dims;
  const fits = (own: typeof scale) => own?.count === 1 || own?.count === units;
  if (!scale || !zero || !fits(scale) || !fits(zero)) return null;
  const isPlain = quantised.scale === '' && quantised.zeroPoint === '';
  async function* dequantised() {
    const [scales, zeros] = await Promise.all([scale, zero].map((own) => own!.values()));
    const of = (list: readonly number[], unit: number) => list[list.length > 1 ? unit : 0];
    const steps = Float64Array.from({ length: units }, (_, unit) => of(scales, unit));
    const origins = Float64Array.from({ length: units }, (_, unit) => of(zeros, unit));
    let at = 0;
    for await (const values of storedValues(matrix!, stored.paths)) {
      const weights = new Float32Array(values.length);
      for (let i = 0; i < values.length; i++, at++) {
        const unit = transposed ? Math.floor(at / inputs) : at % units;
        weights[i] = (values[i] - origins[unit]) * steps[unit];
      }
      yield weights;
    }
  }
  return {
    ...{ matrix: name, inputs, units, byUnit: transposed, isTable },
    pieces: isPlain ? () => storedValues(matrix, stored.paths) : dequantised,
  };
}

/**
 * A row a unit; a row's integers follow each other, the first in a byte's lowest bits.
 * Source: onnxruntime, docs/ContribOperators.md, com.microsoft.MatMulNBits.
 */
function weightsOfBlocks(blocks: BlocksProjection, stored: Stored): UnitWeights | null {
  const { inputs, units, blockSize, bits } = blocks;
  const matrix = stored.tensors.get(blocks.weights);
  const zeroTensor = stored.tensors.get(blocks.zeroPoint);
  const packs = bits === 4 || bits === 8;
  const UINT8 = 2;
  if (!packs || matrix?.dataType !== UINT8 || (zeroTensor && zeroTensor.dataType !== UINT8)) {
    return null;
  }
  const scale = parameter(blocks.scale, 1, stored);
  const inRow = Math.ceil(inputs / blockSize);
  if (scale?.count !== units * inRow) return null;
  const perByte = 8 / bits;
  const rowBytes = (inRow * blockSize) / perByte;
  const zeroRow = Math.ceil(inRow / perByte);
  const part = (byte: number, i: number) => (byte >> (bits * (i % perByte))) & (2 ** bits - 1);
  async function* pieces() {
    const scales = await scale!.values();
    const zeroBytes = zeroTensor ? await allValues(zeroTensor, stored.paths) : null;
    const zeroOf = (unit: number, block: number) =>
      zeroBytes
        ? part(zeroBytes[unit * zeroRow + Math.floor(block / perByte)], block)
        : 2 ** (bits - 1);
    let at = 0; // bytes
    for await (const bytes of storedValues(matrix!, stored.paths)) {
      const weights = new Float32Array(bytes.length * perByte);
      let count = 0;
      for (let b = 0; b < bytes.length; b++, at++) {
        const unit = Math.floor(at / rowBytes);
        const first = (at % rowBytes) * perByte;
        const block = Math.floor(first / blockSize);
        const [zero, step] = [zeroOf(unit, block), scales[unit * inRow + block]];
        for (let i = 0; i < perByte && first + i < inputs; i++) {
          weights[count++] = (part(bytes[b], i) - zero) * step;
        }
      }
      yield weights.subarray(0, count);
    }
  }
  return { matrix: blocks.weights, inputs, units, byUnit: true, isTable: false, pieces };
}
