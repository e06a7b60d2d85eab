import { bytesField, concat, type Field, fields, integerField, text } from './wire.js';

/** Field numbers of onnx.proto that lead to external data. */
const MODEL_GRAPH = 7;
const GRAPH = { node: 1, initializer: 5 } as const;
const NODE_ATTRIBUTE = 5;
const ATTRIBUTE = { tensor: 5, graph: 6, tensors: 10, graphs: 11 } as const;
const TENSOR = { externalData: 13, dataLocation: 14 } as const;
const ENTRY = { key: 1, value: 2 } as const;
const EXTERNAL = 1;

/** Where a tensor's bytes lie outside the model file. */
export interface ExternalData {
  /** A path relative to the model's folder. */
  readonly location: string;
  /** Bytes; the numbers are exact up to 2^53. */
  readonly offset: number;
  /** Bytes; null where the file does not say: then to its end. */
  readonly length: number | null;
}

/** The fields of a TensorProto that say where its data lie. */
export function externalDataFields(data: ExternalData): Uint8Array {
  const entry = (key: string, value: string) =>
    bytesField(
      TENSOR.externalData,
      concat([bytesField(ENTRY.key, key), bytesField(ENTRY.value, value)]),
    );
  return concat([
    entry('location', data.location),
    entry('offset', String(data.offset)),
    ...(data.length === null ? [] : [entry('length', String(data.length))]),
    integerField(TENSOR.dataLocation, EXTERNAL),
  ]);
}

/**
 * All external data that a model names: of its initializers, of tensors in attributes, and of the
 * subgraphs of its control flow.
 * @param model as bytes (a skeleton is enough)
 */
export function readExternalData(model: Uint8Array): ExternalData[] {
  return [...fields(model)]
    .filter(({ number, wire }) => number === MODEL_GRAPH && wire === 2)
    .flatMap((graph) => ofGraph(model, graph));
}

function ofGraph(bytes: Uint8Array, graph: Field): ExternalData[] {
  const found: ExternalData[] = [];
  for (const field of fields(bytes, graph.start, graph.end)) {
    if (field.number === GRAPH.initializer) found.push(...externalDataOf(bytes, field));
    else if (field.number === GRAPH.node) found.push(...ofNode(bytes, field));
  }
  return found;
}

function ofNode(bytes: Uint8Array, node: Field): ExternalData[] {
  const found: ExternalData[] = [];
  for (const attribute of fields(bytes, node.start, node.end)) {
    if (attribute.number !== NODE_ATTRIBUTE) continue;
    for (const field of fields(bytes, attribute.start, attribute.end)) {
      if (field.wire !== 2) continue;
      const { number } = field;
      if (number === ATTRIBUTE.tensor || number === ATTRIBUTE.tensors) {
        found.push(...externalDataOf(bytes, field));
      } else if (number === ATTRIBUTE.graph || number === ATTRIBUTE.graphs) {
        found.push(...ofGraph(bytes, field));
      }
    }
  }
  return found;
}

/** Where the data of one tensor lie outside the model file; nothing where they are inside. */
export function externalDataOf(bytes: Uint8Array, tensor: Field): ExternalData[] {
  const entries = new Map<string, string>();
  for (const field of fields(bytes, tensor.start, tensor.end)) {
    if (field.number !== TENSOR.externalData) continue;
    const parts = [...fields(bytes, field.start, field.end)];
    const part = (number: number) => {
      const found = parts.find((other) => other.number === number);
      return found ? text(bytes, found) : '';
    };
    entries.set(part(ENTRY.key), part(ENTRY.value));
  }
  const location = entries.get('location');
  if (location === undefined) return [];
  const length = entries.get('length');
  return [
    {
      location,
      offset: Number(entries.get('offset') ?? 0),
      length: length === undefined ? null : Number(length),
    },
  ];
}
