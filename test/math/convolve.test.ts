import { expect, test } from 'vitest';
import { convolve } from '../../src/math/convolve.js';

test('known values: an impulse gives the kernel, a step its running sum', () => {
  const kernel = Float64Array.of(0.5, 2, -1);
  expect([...convolve([0, 1, 0, 0, 0], kernel, 0)]).toEqual([0, 0.5, 2, -1, 0]);
  expect([...convolve([1, 1, 1, 1], kernel, 0)]).toEqual([0.5, 2.5, 1.5, 1.5]);
});

test('what stood before the first value is heard of as if it had been recorded', () => {
  const kernel = Float64Array.of(0.25, 0.5, 0.25);
  const [, , ...after] = convolve([3, 3, 5, 4], kernel, 0);
  expect([...convolve([5, 4], kernel, 3)]).toEqual(after);
});
