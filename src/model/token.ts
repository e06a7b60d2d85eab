import type * as ort from 'onnxruntime-node';
import type { ScannedModule } from './modules.js';

/**
 * Copies the last token's values of a module's tensor into its columns of the row.
 * @param row // [units]
 */
export function copyToken(tensor: ort.Tensor, module: ScannedModule, row: Float32Array): void {
  const { dims, data } = tensor as ort.TypedTensor<'float32'>;
  const tokens = dims[module.tokenAxis];
  const inner = dims.slice(module.tokenAxis + 1).reduce((a, b) => a * b, 1);
  const outer = module.width / inner;
  for (let o = 0; o < outer; o++) {
    const from = (o * tokens + tokens - 1) * inner;
    row.set(data.subarray(from, from + inner), module.firstUnit + o * inner);
  }
}
