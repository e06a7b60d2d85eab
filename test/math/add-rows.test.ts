import { expect, test } from 'vitest';
import { addRows } from '../../src/math/add-rows.js';
import { makeRandom } from '../../src/math/random.js';

const random = makeRandom(7);
const numbers = (length: number) => Float64Array.from({ length }, () => random.uniform() - 0.5);

test.each([1, 3, 4, 5, 8, 11])('%i rows are added one after the other', (count) => {
  const [length, at, from, stride] = [9, 2, 5, 12];
  for (const Values of [Float32Array, Float64Array]) {
    const values = Values.from(numbers(from + count * stride));
    const sums = numbers(at + length + 3);
    const expected = sums.slice();
    for (let row = 0; row < count; row++)
      for (let i = 0; i < length; i++) expected[at + i] += values[from + row * stride + i];
    addRows(sums, at, length, { values, from, stride, count });
    expect(sums).toEqual(expected);
  }
});
