import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { makeProduct } from '../../src/onnx/kernel.js';
import { letGo } from '../../src/onnx/let-go.js';

const MB = 1 << 20;
const held = () => process.memoryUsage().arrayBuffers;

test('memory that is let go is free at once', () => {
  const tensor = new ort.Tensor('float32', new Float32Array(4 * MB), [4 * MB]);
  const before = held();
  letGo([tensor]);
  expect((tensor.data as Float32Array).length).toBe(0);
  expect(before - held()).toBeGreaterThanOrEqual(15 * MB);
});

test('products leave no garbage, and their results stand', async () => {
  const units = MB;
  const product = await makeProduct();
  const block = new Float64Array(units).fill(3);
  const [sum, result] = [new Float64Array(units).fill(1), new Float64Array(units)];
  const before = held();
  for (let i = 0; i < 4; i++) {
    const size = { rows: 1, volumes: 1, units };
    await product.add({ ...size, weights: Float64Array.of(2), block, sum, result });
  }
  expect(held() - before).toBeLessThan(4 * MB);
  expect(result.every((value) => value === 7)).toBe(true);
  await product.release();
});
