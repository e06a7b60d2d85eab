import type * as ort from 'onnxruntime-node';
import type { Stretch } from '../../core/series.js';
import { addRows } from '../../math/add-rows.js';
import { halvesToFloats } from '../../onnx/half.js';
import type { ScannedModule } from '../find/modules.js';

/** A token of a pass. */
export interface TokenPlace {
  readonly sequence: number;
  /** Sequences in the pass. */
  readonly sequences: number;
  /** Counted back from the sequence's last token, which is 0. */
  readonly back: number;
}

/** A token, and the outputs of its pass by name. */
export interface ScannedVolume {
  readonly outputs: Readonly<Record<string, ort.Tensor>>;
  readonly at: TokenPlace;
}

/** Consecutive tokens of a sequence as volumes, as long as the outputs of their passes stand. */
export function stretchOf(
  first: number,
  tokens: readonly ScannedVolume[],
  modules: readonly ScannedModule[],
): Stretch {
  return {
    ...{ first, volumes: tokens.length },
    copyTo: (row, volume) => copyToken(tokens[volume], modules, row),
    addTo: (sums, from, to) => addTokens(tokens.slice(from, to), modules, sums),
  };
}

// These stand outside because a function that is made anew for every pass never stays compiled.

function copyToken(
  token: ScannedVolume,
  modules: readonly ScannedModule[],
  row: Float32Array,
): void {
  for (const module of modules) copyPlace(placeOf(token, module), row, module.firstUnit);
}

/** One module's values of some tokens, gathered so that they can be added as rows; used again. */
let rows = new Float32Array(0); // [tokens, width]

function addTokens(
  tokens: readonly ScannedVolume[],
  modules: readonly ScannedModule[],
  sums: Float64Array,
): void {
  const count = tokens.length;
  for (const module of modules) {
    const { width, firstUnit } = module;
    if (rows.length < count * width) rows = new Float32Array(count * width);
    for (let i = 0; i < count; i++) copyPlace(placeOf(tokens[i], module), rows, i * width);
    addRows(sums, firstUnit, width, { values: rows, from: 0, stride: width, count });
  }
}

/** Where a token's values lie: `pieces` of `inner` values, `step` apart, from index `from` on. */
interface Place {
  readonly values: Float32Array;
  readonly from: number;
  readonly pieces: number;
  readonly inner: number;
  readonly step: number;
}

function copyPlace(
  { values, from, pieces, inner, step }: Place,
  into: Float32Array,
  at: number,
): void {
  for (let piece = 0; piece < pieces; piece++) {
    const start = from + piece * step;
    into.set(values.subarray(start, start + inner), at + piece * inner);
  }
}

/**
 * Where one token's values lie in a module's tensor, in the order of the module's units. The tensor's
 * axes: sequences (merged into the token axis where that is the first; one where all share the values,
 * as of a table of positions), then any, the tokens, then any. Of float16, a copy as float32.
 */
function placeOf({ outputs, at }: ScannedVolume, module: ScannedModule): Place {
  const { tokenAxis, width } = module;
  const { sequence, sequences, back } = at;
  const tensor = outputs[module.tensor];
  const { dims, size, type } = tensor as ort.Tensor & { readonly size: number };
  let inner = 1;
  for (let axis = tokenAxis + 1; axis < dims.length; axis++) inner *= dims[axis];
  const pieces = width / inner;
  const tokens = tokenAxis > 0 ? dims[tokenAxis] : dims[0] / sequences;
  const isShared = size === tokens * width;
  const step = tokens * inner;
  const from = (isShared ? 0 : sequence * pieces * step) + (tokens - 1 - back) * inner;
  if (type === 'float32') return { values: tensor.data as Float32Array, from, pieces, inner, step };
  const values = new Float32Array(width);
  for (let piece = 0; piece < pieces; piece++) {
    const start = from + piece * step;
    values.set(valuesOf(tensor, start, start + inner), piece * inner);
  }
  return { values, from: 0, pieces, inner, step: inner };
}

/** An activation or logits tensor's values from one index to another, float16 as float32. */
export function valuesOf(tensor: ort.Tensor, from: number, to: number): Float32Array {
  const { type, data } = tensor as { readonly type: string; readonly data: unknown };
  if (type === 'float32') return (data as Float32Array).subarray(from, to);
  if (type === 'float16') return halvesToFloats((data as Uint16Array).subarray(from, to));
  throw new TypeError(`values of type ${type} are no activations`);
}
