import type { Flow } from '../../onnx/flow.js';
import type { Node } from '../../onnx/graph.js';

/** Normalise: what enters is the residual stream, where sums are made (residuals.ts). */
const NORMALISES = /LayerNormalization$|^RMSNormalization$|^ReduceMean$/;
/** Add two inputs, then normalise; the sum is the fourth output. */
const ADDS_AND_NORMALISES = /^Skip(Simplified)?LayerNormalization$/;
const SUM_OUTPUT = 3;
/** Multiply by weights, the second input. */
const PROJECTS =
  /^(Fused)?(MatMul|Gemm)$|^MatMul(NBits|BnbFp?4|Fp(Q|q)4|Integer|IntegerToFloat)$|^DynamicQuantizeMatMul$/;
/** Hand the same values on: in another type, or in parts. */
const PASSES_ON = /^(Cast|Identity|QuantizeLinear|DynamicQuantizeLinear|Split)$/;
/** Hand all values on in another shape. */
const RESHAPES = /^(Reshape|Flatten|Squeeze|Unsqueeze)$/;
/** Attention in one operator, its first output the context. */
const FUSED_ATTENTION = /Attention$/;

export const normalises = ({ opType }: Node): boolean => NORMALISES.test(opType);
export const addsAndNormalises = ({ opType }: Node): boolean => ADDS_AND_NORMALISES.test(opType);
export const passesOn = ({ opType }: Node): boolean => PASSES_ON.test(opType);
export const attendsAtOnce = ({ opType }: Node): boolean => FUSED_ATTENTION.test(opType);

/** The sum that an adding normalisation shows, if it does. */
export const sumOf = (node: Node): string => node.outputs[SUM_OUTPUT] ?? '';

/** Whether a node multiplies an activation by weights. */
export const projects = (flow: Flow, { opType, inputs }: Node): boolean =>
  PROJECTS.test(opType) && flow.isDynamic(inputs[0]) && !flow.isDynamic(inputs[1]);

/** Whether a node multiplies two activations. */
export const mixes = (flow: Flow, { opType, inputs }: Node): boolean =>
  /^(Fused)?MatMul$|^Einsum$/.test(opType) && inputs.every((tensor) => flow.isDynamic(tensor));

/** Whether a node adds two activations. */
export const adds = (flow: Flow, node: Node): boolean =>
  addsAndNormalises(node) ||
  (/^(Add|Sum)$/.test(node.opType) && node.inputs.every((tensor) => flow.isDynamic(tensor)));

/** The tensor whose values a tensor has, before changes of type and, where asked, of shape. */
export function sourceOf(flow: Flow, tensor: string, through: 'types' | 'shapes'): string {
  const node = flow.nodes[flow.makerOf(tensor)];
  if (!node) return tensor;
  const handsOn =
    (passesOn(node) && node.opType !== 'Split') ||
    (through === 'shapes' && RESHAPES.test(node.opType));
  return handsOn && flow.isDynamic(node.inputs[0])
    ? sourceOf(flow, node.inputs[0], through)
    : tensor;
}

/** The nodes that read a tensor, or a copy of it in another type or in parts. */
export function readersOfValues(flow: Flow, tensor: string): Node[] {
  return flow
    .readersOf(tensor)
    .flatMap((node) => [
      node,
      ...(passesOn(node) ? node.outputs.flatMap((copy) => readersOfValues(flow, copy)) : []),
    ]);
}
