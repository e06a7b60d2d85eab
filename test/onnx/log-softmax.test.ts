import { expect, test } from 'vitest';
import { makeRandom } from '../../src/math/random.js';
import { rowEntropies } from '../../src/onnx/log-softmax.js';

test('entropies and log partitions of known rows', async () => {
  const logits = Float32Array.of(0, 0, 0, 0, 100, 0, 0, 0, Math.log(3), 0, -200, -200);
  const { entropy, logPartition } = await rowEntropies(logits, 3);
  const quarter = -0.75 * Math.log(0.75) - 0.25 * Math.log(0.25);
  for (const [row, expected] of [Math.log(4), 0, quarter].entries()) {
    expect(entropy[row]).toBeCloseTo(expected, 6);
  }
  for (const [row, expected] of [Math.log(4), 100, Math.log(4)].entries()) {
    expect(logPartition[row]).toBeCloseTo(expected, 5);
  }
});

test('a large vocabulary agrees with the sums in float64', async () => {
  const random = makeRandom(2);
  const columns = 50_000;
  const logits = Float32Array.from({ length: 2 * columns }, () => 12 * random.uniform() - 20);
  const { entropy, logPartition } = await rowEntropies(logits, 2);
  for (const row of [0, 1]) {
    const own = logits.subarray(row * columns, (row + 1) * columns);
    const z = own.reduce((sum, l) => sum + Math.exp(l), 0);
    const h = -own.reduce((sum, l) => sum + (Math.exp(l) / z) * (l - Math.log(z)), 0);
    expect(logPartition[row]).toBeCloseTo(Math.log(z), 5);
    expect(entropy[row]).toBeCloseTo(h, 4);
  }
});
