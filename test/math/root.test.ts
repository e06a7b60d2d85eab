import { expect, test } from 'vitest';
import { rootBetween } from '../../src/math/root.js';

test.each([
  ['a straight line', (x: number) => 3 * x - 1, -2, 5, 1 / 3],
  ['a cube root', (x: number) => x ** 3 - 2, 0, 10, Math.cbrt(2)],
  ['a root near an end', (x: number) => Math.log(x), 1e-9, 1e9, 1],
  ['a flat crossing', (x: number) => (x - 0.1) ** 5, -3, 1, 0.1],
  ['a step', (x: number) => (x < Math.PI ? -1 : 1), 0, 1000, Math.PI],
  ['a root at an end', (x: number) => x, 0, 1, 0],
])('finds %s', (_, f, low, high, root) => {
  expect(Math.abs(rootBetween(f, low, high) - root)).toBeLessThan(4e-16 * Math.max(1, root));
});

test('refuses an interval without a change of sign', () => {
  expect(() => rootBetween((x) => x * x + 1, -1, 1)).toThrow('no change of sign');
});
