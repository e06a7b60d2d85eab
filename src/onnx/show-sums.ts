import { bytesField, concat, fields, text } from './wire.js';

/** Field numbers of onnx.proto's NodeProto. */
const NODE = { output: 2, opType: 4 } as const;
/** Operators that add two inputs before they normalise, and may show the sum. */
const ADDS_AND_NORMALISES = /^Skip(Simplified)?LayerNormalization$/;
/** Which output the sum is. Source: onnxruntime, docs/ContribOperators.md. */
const SUM = 3;

/**
 * A node that adds and normalises, with the sum among its outputs: the residual stream, which exporters
 * leave out where no other node reads it. Other nodes, and those that show it, are given back as
 * they are.
 * @param node a NodeProto's payload
 */
export function showSum(node: Uint8Array): Uint8Array {
  const outputs: string[] = [];
  let opType = '';
  for (const field of fields(node)) {
    if (field.number === NODE.opType) opType = text(node, field);
    else if (field.number === NODE.output) outputs.push(text(node, field));
  }
  if (!ADDS_AND_NORMALISES.test(opType) || outputs.length > SUM) return node;
  const missing = Array.from({ length: SUM - outputs.length }, () => '');
  const added = [...missing, `${outputs[0]}_sum`].map((name) => bytesField(NODE.output, name));
  return concat([node, ...added]);
}
