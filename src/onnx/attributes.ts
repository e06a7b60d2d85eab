import { fields, integers, readInt64, text } from './wire.js';

/** Field numbers of onnx.proto. */
const MODEL_GRAPH = 7;
const GRAPH_NODE = 1;
const NODE_ATTRIBUTE = 5;
const ATTRIBUTE = { name: 1, integer: 3, integers: 8 } as const;

/** A node's attributes that are integers or lists of them. */
export type Attributes = ReadonlyMap<string, readonly number[]>;

/** The integer attributes of a model's nodes, in the nodes' order. */
export function readAttributes(model: Uint8Array): Attributes[] {
  return [...fields(model)]
    .filter(({ number, wire }) => number === MODEL_GRAPH && wire === 2)
    .flatMap((graph) => [...fields(model, graph.start, graph.end)])
    .filter(({ number }) => number === GRAPH_NODE)
    .map(({ start, end }) => {
      const found = new Map<string, number[]>();
      for (const attribute of fields(model, start, end)) {
        if (attribute.number !== NODE_ATTRIBUTE) continue;
        let name = '';
        const values: number[] = [];
        for (const field of fields(model, attribute.start, attribute.end)) {
          if (field.number === ATTRIBUTE.name) name = text(model, field);
          else if (field.number === ATTRIBUTE.integer) values.push(readInt64(model, field.start));
          else if (field.number === ATTRIBUTE.integers) values.push(...integers(model, field));
        }
        if (values.length > 0) found.set(name, values);
      }
      return found;
    });
}
