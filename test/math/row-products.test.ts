import { expect, test } from 'vitest';
import { rangesOf } from '../../src/glm/fit/moment-tile.js';
import { makeRandom } from '../../src/math/random.js';
import { rowProducts } from '../../src/math/row-products.js';
import { makeMemory } from '../../src/math/wasm/memory.js';

const random = makeRandom(12);
const numbers = (length: number) => Float64Array.from({ length }, () => random.uniform() - 0.5);

test.each([1, 2, 3, 4, 5, 9, 14])(
  'rows times weights are added to the sums of %i columns',
  (columns) => {
    for (const [units, count] of [
      [1, 1],
      [33, 8],
      [4099, 19],
    ]) {
      const kind = rowProducts(units, columns);
      const { sums, add } = kind.in(makeMemory(kind.needs(1)))();
      const expected = sums.map((own) => {
        own.set(numbers(units));
        return own.slice();
      });
      const rows = Array.from({ length: count }, () => numbers(units));
      const weights = numbers(count * columns);
      const addTo = add(rows, weights);
      for (const range of rangesOf(units, 4096)) addTo(range);
      for (const [j, own] of expected.entries())
        for (const [r, row] of rows.entries())
          for (const [u, value] of row.entries()) own[u] += value * weights[r * columns + j];
      expect(sums).toEqual(expected);
    }
  },
);
