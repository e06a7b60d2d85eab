import { expect, test } from 'vitest';
import { addRows } from '../../src/math/add-rows.js';
import { makeRandom } from '../../src/math/random.js';

const random = makeRandom(7);
const numbers = (length: number) => Float64Array.from({ length }, () => random.uniform() - 0.5);

test.each([1, 3, 4, 5, 8, 11])('%i rows are added one after the other', (count) => {
  for (const Values of [Float32Array, Float64Array]) {
    const rows = Array.from({ length: count }, () => Values.from(numbers(9)));
    const sums = numbers(9);
    const expected = sums.slice();
    for (const row of rows) for (const [i, value] of row.entries()) expected[i] += value;
    addRows(sums, rows);
    expect(sums).toEqual(expected);
  }
});

test.each([1, 3, 4, 6, 8])('sums of %i rows are divided once, when all are added', (count) => {
  const rows = Array.from({ length: count }, () => numbers(9));
  const [sums, expected] = [numbers(9), new Float64Array(9)];
  expected.set(sums);
  addRows(expected, rows);
  addRows(sums, rows, 7);
  expect(sums).toEqual(expected.map((sum) => sum / 7));
});
