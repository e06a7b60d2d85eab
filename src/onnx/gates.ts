import { DATA_TYPES, inputField, integerAttribute, nodeField } from './make.js';
import { bytesField, concat, fields, text } from './wire.js';

/** Field numbers of onnx.proto. */
const MODEL_GRAPH = 7;
const GRAPH_NODE = 1;
const NODE_OUTPUT = 2;

/** A tensor whose values can be scaled and shifted. */
export interface GatedTensor {
  readonly tensor: string;
  readonly dtype: 'float32' | 'float16';
  /** Axes of the tensor: of scale and shift as well. */
  readonly rank: number;
}

/** The inputs that gate a tensor. */
export interface GateInputs {
  readonly scale: string;
  readonly shift: string;
}

/** What the inputs of the n-th gated tensor are named. */
export const gateInputs = (n: number): GateInputs => ({
  scale: `boldbridge_scale_${n}`,
  shift: `boldbridge_shift_${n}`,
});

/** Whether an input of a gated model is a gate. */
export const isGateInput = (name: string): boolean => /^boldbridge_(scale|shift)_\d+$/.test(name);

/**
 * A model in which each given tensor T becomes T * scale + shift for everything that reads it, with
 * scale and shift as further float32 inputs that broadcast against T. Scale 1 and shift 0 change
 * nothing. The tensor keeps its name; what made it now makes `T__raw`.
 * @param model a whole model or a skeleton, as bytes
 * @throws RangeError where no node makes a tensor
 */
export function addGates(model: Uint8Array, gated: readonly GatedTensor[]): Uint8Array {
  const numbers = new Map(gated.map(({ tensor }, n) => [tensor, n]));
  const made = new Set<string>();
  const parts = [...fields(model)].map((field) => {
    if (field.number !== MODEL_GRAPH) return model.subarray(field.begin, field.end);
    const graph = [...fields(model, field.start, field.end)].flatMap((part) => {
      const bytes = model.subarray(part.begin, part.end);
      if (part.number !== GRAPH_NODE) return [bytes];
      const { node, outputs } = renamed(model.subarray(part.start, part.end), numbers);
      if (outputs.length === 0) return [bytes];
      for (const output of outputs) made.add(output);
      const gates = outputs.map((output) =>
        gateNodes(gated[numbers.get(output)!], numbers.get(output)!),
      );
      return [bytesField(GRAPH_NODE, node), ...gates];
    });
    const sizes = (n: number, rank: number) => Array.from({ length: rank }, (_, a) => `g${n}_${a}`);
    const inputs = gated.flatMap(({ rank }, n) =>
      Object.values(gateInputs(n)).map((name) => inputField(name, sizes(n, rank))),
    );
    return bytesField(MODEL_GRAPH, concat([...graph, ...(graph.length > 1 ? inputs : [])]));
  });
  const missing = gated.find(({ tensor }) => !made.has(tensor));
  if (missing) throw new RangeError(`no node makes the tensor ${missing.tensor}`);
  return concat(parts);
}

const raw = (tensor: string) => `${tensor}__raw`;

/** A node with the gated ones among its outputs renamed. */
function renamed(node: Uint8Array, gated: ReadonlyMap<string, number>) {
  const outputs: string[] = [];
  const parts = [...fields(node)].map((field) => {
    const name = field.number === NODE_OUTPUT ? text(node, field) : '';
    if (!gated.has(name)) return node.subarray(field.begin, field.end);
    outputs.push(name);
    return bytesField(NODE_OUTPUT, raw(name));
  });
  return { node: concat(parts), outputs };
}

/** T__raw * scale + shift, in the tensor's own type. */
function gateNodes({ tensor, dtype }: GatedTensor, n: number): Uint8Array {
  const { scale, shift } = gateInputs(n);
  const [isHalf, scaled] = [dtype === 'float16', `${tensor}__scaled`];
  const to = integerAttribute('to', DATA_TYPES.float16);
  const own = (name: string) => (isHalf ? `${name}_float16` : name);
  const casts = isHalf
    ? [scale, shift].map((name) => nodeField('Cast', [name], own(name), [to]))
    : [];
  return concat([
    ...casts,
    nodeField('Mul', [raw(tensor), own(scale)], scaled),
    nodeField('Add', [scaled, own(shift)], tensor),
  ]);
}
