import { expect, test } from 'vitest';
import { independentColumns } from '../../src/math/independent.js';

test('what depends on a constant and earlier columns is left out', () => {
  const a = [1, 2, 3, 5];
  const b = [0, 1, 0, 2];
  const sum = a.map((value, i) => 2 * value - b[i] + 7);
  expect(independentColumns([a, [4, 4, 4, 4], b, sum, [1, 0, 0, 0]])).toEqual([0, 2, 4]);
  expect(independentColumns([sum, a, b])).toEqual([0, 1]);
  expect(independentColumns([])).toEqual([]);
});
