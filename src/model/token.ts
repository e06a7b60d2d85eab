import type * as ort from 'onnxruntime-node';
import type { ScannedModule } from './modules.js';

/**
 * Copies the values of a sequence's last token from a module's tensor into its columns of the row.
 * The tensor's axes: sequences (merged into the token axis where that is the first), then any, the
 * tokens, then any.
 * @param row // [units]
 */
export function copyToken(
  tensor: ort.Tensor,
  module: ScannedModule,
  at: { readonly sequence: number; readonly sequences: number },
  row: Float32Array,
): void {
  const { dims, data, size } = tensor as ort.TypedTensor<'float32'> & { size: number };
  const inner = dims.slice(module.tokenAxis + 1).reduce((a, b) => a * b, 1);
  const outer = module.width / inner;
  const tokens = size / (at.sequences * module.width);
  for (let o = 0; o < outer; o++) {
    const from = ((at.sequence * outer + o) * tokens + tokens - 1) * inner;
    row.set(data.subarray(from, from + inner), module.firstUnit + o * inner);
  }
}
