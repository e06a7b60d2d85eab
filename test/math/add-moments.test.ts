import { expect, test } from 'vitest';
import { addMoments } from '../../src/math/add-moments.js';
import { makeRandom } from '../../src/math/random.js';

const random = makeRandom(8);
const numbers = (length: number) => Float64Array.from({ length }, () => random.uniform() - 0.5);

test.each([1, 7, 8, 9, 19])('%i rows less a shift, and their squares, are added in turn', (n) => {
  for (const Values of [Float32Array, Float64Array]) {
    const rows = Array.from({ length: n }, () => Values.from(numbers(5)));
    const into = { shift: numbers(5), sums: numbers(5), squares: numbers(5) };
    const expected = { sums: into.sums.slice(), squares: into.squares.slice() };
    for (const row of rows) {
      for (const [u, value] of row.entries()) {
        expected.sums[u] += value - into.shift[u];
        expected.squares[u] += (value - into.shift[u]) ** 2;
      }
    }
    addMoments(into, rows);
    expect(into).toEqual({ shift: into.shift, ...expected });
  }
});
