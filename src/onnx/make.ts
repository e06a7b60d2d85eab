import { bytesField, concat, integerField } from './wire.js';

/** onnx.TensorProto.DataType. */
export const DATA_TYPES = { float32: 1, int64: 7, float16: 10 } as const;
/** AttributeProto.AttributeType. */
const ATTRIBUTE = { integer: 2, integers: 7 } as const;
/** Field numbers of onnx.proto's GraphProto. */
const GRAPH = { node: 1, initializer: 5, input: 11 } as const;

/** A node of a graph, as the graph's field. Source: onnx.proto, NodeProto. */
export function nodeField(
  opType: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Uint8Array[] = [],
): Uint8Array {
  const named = [...inputs.map((name) => bytesField(1, name)), bytesField(2, output)];
  return bytesField(GRAPH.node, concat([...named, bytesField(4, opType), ...attributes]));
}

/** A node's attribute that holds one integer. Source: onnx.proto, AttributeProto. */
export const integerAttribute = (name: string, integer: number): Uint8Array =>
  bytesField(
    5,
    concat([bytesField(1, name), integerField(3, integer), integerField(20, ATTRIBUTE.integer)]),
  );

/** A node's attribute that holds integers. Source: onnx.proto, AttributeProto. */
export const integersAttribute = (name: string, integers: readonly number[]): Uint8Array => {
  const values = integers.map((integer) => integerField(8, integer));
  const kind = integerField(20, ATTRIBUTE.integers);
  return bytesField(5, concat([bytesField(1, name), ...values, kind]));
};

/** A vector of int64, as the graph's field. Source: onnx.proto, TensorProto. */
export function initializerField(name: string, integers: readonly number[]): Uint8Array {
  const raw = new DataView(new ArrayBuffer(8 * integers.length));
  for (const [i, integer] of integers.entries()) raw.setBigInt64(8 * i, BigInt(integer), true);
  const size = [integerField(1, integers.length), integerField(2, DATA_TYPES.int64)];
  const values = bytesField(9, new Uint8Array(raw.buffer));
  return bytesField(GRAPH.initializer, concat([...size, bytesField(8, name), values]));
}

/** A tensor's name, type and named sizes. Source: onnx.proto, ValueInfoProto. */
export function valueInfo(
  name: string,
  sizes: readonly string[],
  type: number = DATA_TYPES.float32,
): Uint8Array {
  const shape = concat(sizes.map((size) => bytesField(1, bytesField(2, size))));
  const tensor = concat([integerField(1, type), bytesField(2, shape)]);
  return concat([bytesField(1, name), bytesField(2, bytesField(1, tensor))]);
}

/** A float32 input of a graph, as the graph's field. */
export const inputField = (name: string, sizes: readonly string[]): Uint8Array =>
  bytesField(GRAPH.input, valueInfo(name, sizes));
