import type * as ort from 'onnxruntime-node';
import { halvesToFloats } from '../../onnx/half.js';
import { VOLUMES } from '../../onnx/volumes.js';

/** A token of a pass. */
export interface TokenPlace {
  readonly sequence: number;
  /** Counted back from the sequence's last token, which is 0. */
  readonly back: number;
}

/** A token's values in its pass, as long as the pass' outputs stand; none where no module is shown. */
export function rowOf(
  outputs: Readonly<Record<string, ort.Tensor>>,
  { sequence, back }: TokenPlace,
): Float32Array {
  const volumes = outputs[VOLUMES];
  if (!volumes) return new Float32Array(0);
  const [, tokens, units] = volumes.dims;
  const from = ((sequence + 1) * tokens - 1 - back) * units;
  return valuesOf(volumes, from, from + units); // [units]
}

/** An activation or logits tensor's values from one index to another, float16 as float32. */
export function valuesOf(tensor: ort.Tensor, from: number, to: number): Float32Array {
  const { type, data } = tensor as { readonly type: string; readonly data: unknown };
  if (type === 'float32') return (data as Float32Array).subarray(from, to);
  if (type === 'float16') return halvesToFloats((data as Uint16Array).subarray(from, to));
  throw new TypeError(`values of type ${type} are no activations`);
}
