import { expect, test } from 'vitest';
import { areaUnderRoc } from '../../src/math/roc.js';

test('apart, mixed and tied', () => {
  expect(areaUnderRoc([3, 4], [1, 2])).toBe(1);
  expect(areaUnderRoc([1, 2], [3, 4])).toBe(0);
  expect(areaUnderRoc([1, 3], [2, 4])).toBe(0.25);
  expect(areaUnderRoc([1, 1], [1, 1, 1])).toBe(0.5);
  expect(areaUnderRoc([2, 5], [2, 1])).toBe(0.875); // pairs: tie 0.5, 1, 1, 1
});
