import type { Attributes } from './attributes.js';
import type { Flow } from './flow.js';
import type { Node } from './graph.js';

/** Give each value a new one by itself: a unit stays the unit it was. */
const ELEMENTWISE =
  /^(Abs|Add|BiasGelu|Cast|Celu|Clip|DequantizeLinear|Div|Elu|Erf|Exp|FastGelu|Gelu|HardSigmoid|HardSwish|Identity|LeakyRelu|Mish|Mul|Neg|Pow|QuickGelu|Relu|Selu|Sigmoid|Silu|Softplus|Softsign|Sqrt|Sub|Swish|Tanh)$/;
/** Hand all values on in their order; further inputs say the shape. */
const RESHAPES = /^(Flatten|Reshape|Squeeze|Unsqueeze)$/;

/** The weights that make a tensor's units, one column a unit. */
export type Projection = MatrixProjection | BlocksProjection;

export interface MatrixProjection {
  readonly form: 'matrix';
  /** Name of the initializer, a matrix. */
  readonly weights: string;
  /** Whether units are its rows, not its columns. */
  readonly transposed: boolean;
  /** Whether its rows are looked up, not multiplied by. */
  readonly isTable: boolean;
  /** Names of what turns its integers into weights, (w - zeroPoint) * scale; '' for none. */
  readonly scale: string;
  readonly zeroPoint: string;
}

/** MatMulNBits: a row a unit, in blocks of a scale (and zero point) each. */
export interface BlocksProjection {
  readonly form: 'blocks';
  readonly weights: string;
  readonly scale: string;
  readonly zeroPoint: string;
  readonly inputs: number;
  readonly units: number;
  readonly blockSize: number;
  readonly bits: number;
}

/**
 * The weights that a tensor's units come from: of the one multiplication by weights, or look-up in a
 * table of them, that it is made of value by value (bias, activation function, scale; x sigmoid(x)).
 * Null where there is none, or several, or values mix on the way (normalisation, softmax, sums of
 * streams).
 */
export function projectionOf(
  flow: Flow,
  attributes: readonly Attributes[],
  tensor: string,
): Projection | null {
  const visited = new Set<number>();
  const sources = new Set<number>();
  if (!collectSources(flow, tensor, { visited, sources }) || sources.size !== 1) return null;
  const [at] = sources;
  return describe(flow, { at, attributes, visited });
}

interface Walk {
  /** Nodes on the way. */
  readonly visited: Set<number>;
  /** Nodes where it ends. */
  readonly sources: Set<number>;
}

/** Walks from a tensor to what it is made of; false where that is an input of the model. */
function collectSources(flow: Flow, tensor: string, walk: Walk): boolean {
  if (!flow.isDynamic(tensor) || isScaleOfInput(flow, tensor)) return true;
  const at = flow.makerOf(tensor);
  if (at < 0) return false;
  const node = flow.nodes[at];
  const reshapes = RESHAPES.test(node.opType);
  if (!reshapes && !ELEMENTWISE.test(node.opType)) {
    walk.sources.add(at);
    return true;
  }
  if (walk.visited.has(at)) return true;
  walk.visited.add(at);
  const values = reshapes ? node.inputs.slice(0, 1) : node.inputs;
  return values.filter(Boolean).every((input) => collectSources(flow, input, walk));
}

/** Whether a tensor is the one scale of activations that are quantised as the model runs. */
function isScaleOfInput(flow: Flow, tensor: string): boolean {
  const maker = flow.nodes[flow.makerOf(tensor)];
  return maker?.opType === 'DynamicQuantizeLinear' && maker.outputs[1] === tensor;
}

interface Place {
  readonly at: number;
  readonly attributes: readonly Attributes[];
  readonly visited: ReadonlySet<number>;
}

/** Weights, scale and zero point among the inputs. Source: onnxruntime, docs/ContribOperators.md. */
const QUANTISED: Readonly<Record<string, readonly [number, number, number]>> = {
  DynamicQuantizeMatMul: [1, 2, 3],
  MatMulIntegerToFloat: [1, 3, 5],
};

function describe(flow: Flow, { at, attributes, visited }: Place): Projection | null {
  const { opType, inputs } = flow.nodes[at];
  const flag = (name: string, otherwise = 0) => attributes[at].get(name)?.[0] ?? otherwise;
  const given = (i: number) => inputs[i] ?? '';
  if (opType === 'Gather') {
    const table = flag('axis') === 0 && flow.isDynamic(given(1));
    const stored = table ? matrixOf(flow, attributes, given(0), false) : null;
    return stored && { ...stored, ...dequantisedOnTheWay(flow, visited), isTable: true };
  }
  if (!flow.isDynamic(given(0)) || flow.isDynamic(given(1))) return null;
  if (/^(Fused)?(MatMul|Gemm)$/.test(opType)) {
    return matrixOf(flow, attributes, given(1), flag('transB') === 1);
  }
  if (opType === 'MatMulInteger') {
    const scale = scaleOnTheWay(flow, visited);
    return scale ? { ...plain(given(1)), scale, zeroPoint: given(3) } : null;
  }
  if (opType === 'MatMulNBits' && given(4) === '') {
    const scaled = { weights: given(1), scale: given(2), zeroPoint: given(3) };
    const [inputs, units] = [flag('K'), flag('N')];
    const blockSize = flag('block_size');
    return { form: 'blocks', ...scaled, inputs, units, blockSize, bits: flag('bits', 4) };
  }
  const places = QUANTISED[opType];
  if (!places) return null;
  const [weights, scale, zeroPoint] = places.map(given);
  return { ...plain(weights), scale, zeroPoint };
}

const plain = (weights: string) =>
  ({
    form: 'matrix',
    weights,
    transposed: false,
    isTable: false,
    scale: '',
    zeroPoint: '',
  }) as const;

/** What a matrix of integers is scaled by: the constant that its input's scale is multiplied by. */
function scaleOnTheWay(flow: Flow, visited: ReadonlySet<number>): string | null {
  for (const at of visited) {
    const { opType, inputs }: Node = flow.nodes[at];
    if (opType !== 'Mul' || !inputs.some((input) => isScaleOfInput(flow, input))) continue;
    return inputs.find((input) => !flow.isDynamic(input)) ?? null;
  }
  return null;
}

/** What rows of integers are made numbers by after they were looked up. */
function dequantisedOnTheWay(flow: Flow, visited: ReadonlySet<number>) {
  const at = [...visited].find((i) => flow.nodes[i].opType === 'DequantizeLinear');
  if (at === undefined) return {};
  const [, scale, zeroPoint = ''] = flow.nodes[at].inputs;
  return { scale, zeroPoint };
}

/** A constant matrix, through what turns, casts or dequantises it. */
function matrixOf(
  flow: Flow,
  attributes: readonly Attributes[],
  tensor: string,
  transposed: boolean,
): MatrixProjection | null {
  if (flow.isDynamic(tensor)) return null;
  const at = flow.makerOf(tensor);
  if (at < 0) return { ...plain(tensor), transposed };
  const { opType, inputs } = flow.nodes[at];
  if (opType === 'Cast' || opType === 'Identity') {
    return matrixOf(flow, attributes, inputs[0], transposed);
  }
  if (opType === 'Transpose') return matrixOf(flow, attributes, inputs[0], !transposed);
  const known = opType === 'DequantizeLinear' && flow.makerOf(inputs[0]) < 0;
  const axis = attributes[at].get('axis')?.[0] ?? 1;
  const ofUnits = (axis + 2) % 2 === (transposed ? 0 : 1); // else scales belong to the input
  if (!known || !ofUnits || attributes[at].has('block_size')) return null;
  return { ...plain(inputs[0]), transposed, scale: inputs[1], zeroPoint: inputs[2] ?? '' };
}
