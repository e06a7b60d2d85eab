import { expect, test } from 'vitest';
import { correlation } from '../../src/math/correlation.js';

test('known values', () => {
  expect(correlation([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 14);
  expect(correlation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 14);
  // numpy.corrcoef([10, 8, 13, 9], [8.04, 6.95, 7.58, 8.81])
  expect(correlation([10, 8, 13, 9], [8.04, 6.95, 7.58, 8.81])).toBeCloseTo(
    0.005910025108794887,
    12,
  );
});

test('a constant correlates with nothing', () => {
  expect(correlation([1, 1, 1], [1, 2, 3])).toBeNaN();
});

test('different lengths are a fault', () => {
  expect(() => correlation([1], [1, 2])).toThrow(RangeError);
});
