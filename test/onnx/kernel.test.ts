import { expect, test } from 'vitest';
import { makeRandom } from '../../src/math/random.js';
import { makeProduct } from '../../src/onnx/kernel.js';

const normalish = (n: number, seed: number) => {
  const random = makeRandom(seed);
  return Float64Array.from({ length: n }, () => random.uniform() - 0.5);
};

test('weights . block + sum, in double precision, the sizes free from call to call', async () => {
  const product = await makeProduct();
  for (const [rows, volumes, units] of [
    [3, 5, 7],
    [1, 1, 1],
    [4, 32, 1000],
  ]) {
    const weights = normalish(rows * volumes, 1); // [rows, volumes]
    const block = normalish(volumes * units, 2); // [volumes, units]
    const sum = normalish(rows * units, 3).map((v) => 1e6 * v); // [rows, units]
    const result = new Float64Array(rows * units);
    await product.add({ rows, volumes, units, weights, block, sum, result });
    for (let r = 0; r < rows; r++) {
      for (let u = 0; u < units; u++) {
        let expected = sum[r * units + u];
        for (let v = 0; v < volumes; v++) {
          expected += weights[r * volumes + v] * block[v * units + u];
        }
        expect(Math.abs(result[r * units + u] - expected)).toBeLessThan(1e-9);
      }
    }
  }
  await product.release();
});
