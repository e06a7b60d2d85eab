import type * as ort from 'onnxruntime-node';
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

/**
 * Copies the values of one token from a module's tensor into the module's columns of the row, float16
 * as the float32 of the same value. The tensor's axes: sequences (merged into the token axis where
 * that is the first; one where all share the values, as of a table of positions), then any, the
 * tokens, then any.
 * @param row // [units]
 */
export function copyToken(
  tensor: ort.Tensor,
  module: ScannedModule,
  at: TokenPlace,
  row: Float32Array,
): void {
  const { dims, size } = tensor as ort.Tensor & { readonly size: number };
  const inner = dims.slice(module.tokenAxis + 1).reduce((a, b) => a * b, 1);
  const outer = module.width / inner;
  const tokens = module.tokenAxis > 0 ? dims[module.tokenAxis] : dims[0] / at.sequences;
  const isShared = size === tokens * module.width;
  for (let o = 0; o < outer; o++) {
    const from =
      (((isShared ? 0 : at.sequence) * outer + o) * tokens + tokens - 1 - at.back) * inner;
    row.set(valuesOf(tensor, from, from + inner), module.firstUnit + o * inner);
  }
}

/** An activation or logits tensor's values from one index to another, float16 as float32. */
export function valuesOf(tensor: ort.Tensor, from: number, to: number): Float32Array {
  const { type, data } = tensor as { readonly type: string; readonly data: unknown };
  if (type === 'float32') return (data as Float32Array).subarray(from, to);
  if (type === 'float16') return halvesToFloats((data as Uint16Array).subarray(from, to));
  throw new TypeError(`values of type ${type} are no activations`);
}
