import { expect, test } from 'vitest';
import { brainMask, largestComponent, smoothed, valleyOf } from '../../src/image/brain-mask.js';
import { normals } from '../glm/simulate.js';

const shape = [20, 24, 18] as const;
const SIZE = shape[0] * shape[1] * shape[2];
const places = Array.from({ length: SIZE }, (_, v) => [
  v % shape[0],
  Math.floor(v / shape[0]) % shape[1],
  Math.floor(v / (shape[0] * shape[1])),
]);
/** An ellipsoid off the centre, with a part of the voxels of 0.27. */
const brain = places.map(([x, y, z]) =>
  Number(((x - 9) / 8) ** 2 + ((y - 12) / 9) ** 2 + ((z - 9) / 7.5) ** 2 <= 1),
);

function dice(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [both, sum] = [0, 0];
  for (let v = 0; v < a.length; v++) {
    both += a[v] * b[v];
    sum += a[v] + b[v];
  }
  return (2 * both) / sum;
}

const noise = normals(SIZE, 3);

test('finds the brain in noise, and cuts off a bright thread and a far spot', () => {
  const mean = Float64Array.from(brain, (inside, v) => 300 + 700 * inside + 25 * noise[v]);
  places.forEach(([x, y, z], v) => {
    if (x === 9 && z === 9) mean[v] = 1000; // a thread through the image, one voxel wide
    if (x < 2 && y < 2 && z < 2) mean[v] = 1000;
  });
  mean[5] = Number.NaN;
  const mask = brainMask(mean, shape, 'x');
  expect(dice(mask, brain)).toBeGreaterThan(0.96);
  expect(mask[0]).toBe(0);
});

test('smoothing keeps a constant, and spreads a voxel by one voxel of full width at half maximum', () => {
  expect(
    Math.max(...smoothed(new Float64Array(SIZE).fill(3), shape).map((v) => Math.abs(v - 3))),
  ).toBeLessThan(1e-12);
  const one = new Float64Array(SIZE);
  const at = 10 + 20 * (12 + 24 * 9);
  one[at] = 1;
  const spread = smoothed(one, shape);
  expect(spread.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  for (const step of [1, 20, 480]) expect(spread[at + step] / spread[at]).toBeCloseTo(1 / 16, 12);
});

test('the valley is the middle of the widest gap between a fifth and 85 parts in a hundred', () => {
  const values = Float64Array.from({ length: 100 }, (_, i) => (i < 60 ? i / 100 : 10 + i / 100));
  expect(valleyOf(values.reverse())).toBeCloseTo((0.59 + 10.6) / 2, 12);
  // A wider gap outside that range is not taken.
  values[0] = -1000;
  expect(valleyOf(values.slice().reverse())).toBeGreaterThan(0);
});

test('the largest of parts that touch by edges alone', () => {
  const mask = Uint8Array.of(1, 1, 0, 0, 0, 0, 1, 1, 1); // 3 x 3 x 1
  expect([...largestComponent(mask, [3, 3, 1])]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1]);
  expect([...largestComponent(new Uint8Array(9), [3, 3, 1])]).toEqual(Array(9).fill(0));
});

test('an image without a brain is refused by name', () => {
  const few = Float64Array.from(noise);
  expect(() => brainMask(few, shape, 'rest.nii.gz')).toThrow(
    expect.objectContaining({
      code: 'data/no-brain',
      given: expect.stringContaining('rest.nii.gz'),
    }),
  );
});
