import { bytesField, concat, integerField } from './wire.js';

/** onnx.TensorProto.DataType. */
export const DATA_TYPES = { float32: 1, int64: 7, float16: 10 } as const;
const INTEGER_ATTRIBUTE = 2; // AttributeProto.AttributeType
/** Field numbers of onnx.proto's GraphProto. */
const GRAPH = { node: 1, input: 11 } as const;

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
    concat([bytesField(1, name), integerField(3, integer), integerField(20, INTEGER_ATTRIBUTE)]),
  );

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
