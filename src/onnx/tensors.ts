import { type ExternalData, externalDataOf } from './external-data.js';
import { type Field, fields, integers, readInt64, text } from './wire.js';

/** Field numbers of onnx.proto. */
const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR = { dims: 1, dataType: 2, floats: 4, integers: 5, name: 8, raw: 9 } as const;

/** A tensor of a model, its data where the model says that they are. */
export interface StoredTensor {
  readonly dims: readonly number[];
  /** onnx.TensorProto.DataType. */
  readonly dataType: number;
  /** Bytes in the model file itself, numbers listed one by one, or bytes elsewhere. */
  readonly data: Uint8Array | readonly number[] | ExternalData;
}

/** The initializers of a model given as bytes (a skeleton is enough), by name. */
export function readInitializers(model: Uint8Array): ReadonlyMap<string, StoredTensor> {
  const found = new Map<string, StoredTensor>();
  for (const graph of fields(model)) {
    if (graph.number !== MODEL_GRAPH || graph.wire !== 2) continue;
    for (const field of fields(model, graph.start, graph.end)) {
      if (field.number !== GRAPH_INITIALIZER) continue;
      const { name, ...tensor } = readTensor(model, field);
      found.set(name, tensor);
    }
  }
  return found;
}

function readTensor(bytes: Uint8Array, tensor: Field): StoredTensor & { readonly name: string } {
  const dims: number[] = [];
  const listed: number[] = [];
  let [name, dataType] = ['', 0];
  let raw: Uint8Array | null = null;
  for (const field of fields(bytes, tensor.start, tensor.end)) {
    if (field.number === TENSOR.dims) dims.push(...integers(bytes, field));
    else if (field.number === TENSOR.dataType) dataType = readInt64(bytes, field.start);
    else if (field.number === TENSOR.name) name = text(bytes, field);
    else if (field.number === TENSOR.raw) raw = bytes.subarray(field.start, field.end);
    else if (field.number === TENSOR.integers) listed.push(...integers(bytes, field));
    else if (field.number === TENSOR.floats) listed.push(...floats(bytes, field));
  }
  const [external] = externalDataOf(bytes, tensor);
  return { name, dims, dataType, data: external ?? raw ?? listed };
}

/** A repeated float field's values, packed or not. */
function floats(bytes: Uint8Array, { start, end }: Field): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: (end - start) / 4 }, (_, i) => view.getFloat32(start + 4 * i, true));
}
