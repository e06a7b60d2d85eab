import { expect, test } from 'vitest';
import { areFinite } from '../../src/math/finite.js';

test('finite values are, however large or many', () => {
  for (const values of [[], [0, -0, 5e-324], [Number.MAX_VALUE, Number.MAX_VALUE]])
    expect(areFinite(Float64Array.from(values))).toBe(true);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  'one %d among them is found, wherever it is',
  (odd) => {
    for (const at of [0, 3, 6])
      expect(areFinite(new Float64Array(7).fill(1).fill(odd, at, at + 1))).toBe(false);
  },
);

test('infinities that cancel are found', () => {
  const both = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  expect(areFinite(Float64Array.from(both))).toBe(false);
});
