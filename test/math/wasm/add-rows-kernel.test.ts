import { expect, test } from 'vitest';
import { makeRowAdder } from '../../../src/math/wasm/add-rows-kernel.js';

test.each([1, 2, 5])('the first %i of five rows are added, to the first units', (count) => {
  const { sums, rows, add } = makeRowAdder(5, 24);
  sums.forEach((_, u) => {
    sums[u] = u / 3;
  });
  rows.forEach((row, r) => {
    row.forEach((_, u) => {
      row[u] = (r + 1) * 100 + u / 7;
    });
  });
  const expected = sums.map((sum, u) => {
    const values = u < 16 ? rows.slice(0, count).map((row) => row[u]) : [];
    return values.reduce((total, value) => total + value, sum);
  });
  add(count, 11); // units go by eight
  expect(sums).toEqual(expected);
});
