import { isGateInput } from './gates.js';
import { readGraph } from './graph.js';
import {
  DATA_TYPES,
  initializerField,
  integerAttribute,
  integersAttribute,
  nodeField,
} from './make.js';
import { bytesField, concat } from './wire.js';

/** The tensor that addVolumes adds; float32 // [sequences, tokens, units] */
export const VOLUMES = 'boldbridge_volumes';

/** Which tokens of a pass it holds. */
export type Shown = 'last' | 'all';

/** A tensor with one vector of values per token. */
export interface TokenValues {
  readonly tensor: string;
  /** The axis that counts tokens: where it is the first, sequences and tokens are merged. */
  readonly tokenAxis: number;
  /** The axes of one token's values, the axes of tokens and sequences as 1. */
  readonly gateShape: readonly number[];
  readonly dtype: 'float32' | 'float16';
}

const MODEL_GRAPH = 7;
/** Operators that hand on no values, only how many there are. */
const SIZES = /^(Shape|Size)$/;
/** Length of an axis that follows from the others'. */
const REST = -1;

/** An axis' length: of the pass, or fixed. */
type Length = 'sequences' | 'tokens' | number;

/**
 * A model with one more tensor, in which the values of all given tensors lie side by side, token by
 * token: handed over as one array, where many small ones would be copied one by one, and without the
 * prompt's tokens where only the last of a pass is shown. Float16 comes as float32.
 * @param model a whole model or a skeleton, as bytes, whose input `input_ids` is [sequences, tokens]
 */
export function addVolumes(
  model: Uint8Array,
  rows: readonly TokenValues[],
  shown: Shown,
): Uint8Array {
  const ownValues = valuedBySequence(model);
  const make = nodeMaker();
  const lengths = make('Shape', ['input_ids']);
  const lengthOf = (axis: Length) =>
    axis === 'sequences' || axis === 'tokens'
      ? make('Gather', [lengths, make.integers([axis === 'sequences' ? 0 : 1])])
      : make.integers([axis]);
  const shape = (axes: readonly Length[]) => {
    const fixed = axes.every((axis) => typeof axis === 'number');
    if (fixed) return make.integers(axes);
    return make('Concat', axes.map(lengthOf), [integerAttribute('axis', 0)]);
  };
  const reshape = (tensor: string, axes: readonly Length[]) =>
    make('Reshape', [tensor, shape(axes)]);

  /** A tensor as [sequences, tokens, width]. */
  function lineUp({ tensor, tokenAxis, gateShape, dtype }: TokenValues): string {
    const product = (axes: readonly number[]) => axes.reduce((a, b) => a * b, 1);
    const width = product(gateShape);
    const inner = product(gateShape.slice(tokenAxis + 1));
    const pieces = width / inner; // before the token axis
    let values = tensor;
    let isLinedUp = tokenAxis === 1 && gateShape.length === 3 && pieces === 1;
    if (tokenAxis === 0) {
      values = reshape(values, [REST, 'tokens', width]);
      isLinedUp = true;
    }
    if (shown === 'last') {
      const axis = integerAttribute('axis', Math.max(1, tokenAxis));
      values = make('Gather', [values, make.integers([-1])], [axis]);
      if (!isLinedUp) values = reshape(values, [REST, 1, width]);
    } else if (!isLinedUp) {
      if (pieces > 1) {
        const order = integersAttribute('perm', [0, 2, 1, 3]);
        values = make('Transpose', [reshape(values, [REST, pieces, 'tokens', inner])], [order]);
      }
      values = reshape(values, [REST, 'tokens', width]);
    }
    if (!ownValues.has(tensor)) values = make('Expand', [values, shape(['sequences', 1, 1])]);
    const to = integerAttribute('to', DATA_TYPES.float32);
    return dtype === 'float16' ? make('Cast', [values], [to]) : values;
  }

  // ONNX Runtime computes what is joined from the last node back to the first: in this order each
  // tensor is taken, and freed, as soon as it is made.
  const parts = rows.toReversed().map(lineUp).toReversed();
  make.named(VOLUMES, 'Concat', parts, [integerAttribute('axis', 2)]);
  return concat([model, bytesField(MODEL_GRAPH, make.fields())]);
}

/**
 * Tensors that the values of the model's inputs lead to, so that each sequence has its own; what only
 * their sizes lead to (a table of positions), or a gate, all sequences may share.
 */
function valuedBySequence(model: Uint8Array): ReadonlySet<string> {
  const { inputs, nodes } = readGraph(model);
  const own = new Set(inputs.filter((name) => !isGateInput(name)));
  for (const { opType, inputs, captured, outputs } of nodes) {
    if (SIZES.test(opType) || ![...inputs, ...captured].some((name) => own.has(name))) continue;
    for (const name of outputs) own.add(name);
  }
  return own;
}

/** Collects nodes and constants; each is made once, however often it is asked for. */
function nodeMaker() {
  const made = new Map<string, string>();
  const fields: Uint8Array[] = [];
  const once = (key: string, field: (name: string) => Uint8Array) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const name = `boldbridge_${made.size}`;
    made.set(key, name);
    fields.push(field(name));
    return name;
  };
  const key = (opType: string, inputs: readonly string[], attributes: readonly Uint8Array[]) =>
    [opType, ...inputs, ...attributes].join(' ');
  const make = (opType: string, inputs: readonly string[], attributes: Uint8Array[] = []): string =>
    once(key(opType, inputs, attributes), (name) => nodeField(opType, inputs, name, attributes));
  return Object.assign(make, {
    integers: (values: readonly number[]) =>
      once(`integers ${values}`, (name) => initializerField(name, values)),
    named(name: string, opType: string, inputs: readonly string[], attributes: Uint8Array[]) {
      fields.push(nodeField(opType, inputs, name, attributes));
    },
    fields: () => concat(fields),
  });
}
