import { expect, test } from 'vitest';
import { makeRandom } from '../../src/math/random.js';
import { sortIntoGrid } from '../../src/math/sort-grid.js';
import { gauss } from '../workflow/simulate.js';

/** The mean dot product of items in cells that share an edge, counted the plain way. */
function agreement(features: Float64Array, dims: number, width: number, cellOf: Int32Array) {
  const at = new Map([...cellOf].map((cell, item) => [cell, item]));
  let [sum, pairs] = [0, 0];
  for (const [cell, item] of at) {
    for (const next of [(cell + 1) % width ? cell + 1 : -1, cell + width]) {
      const other = at.get(next);
      if (other === undefined) continue;
      for (let d = 0; d < dims; d++) sum += features[item * dims + d] * features[other * dims + d];
      pairs++;
    }
  }
  return sum / pairs;
}

/** Points of a smooth surface in 6 dimensions, in random order: unit vectors. */
function surface(width: number, height: number, seed: number) {
  const random = makeRandom(seed);
  const places = random.shuffle(Array.from({ length: width * height }, (_, cell) => cell));
  const features = Float64Array.from(
    places.flatMap((cell) => {
      const [u, v] = [((cell % width) * 3) / width, (Math.floor(cell / width) * 3) / height];
      return [u, v, u + v].flatMap((a) => [Math.cos(a) / Math.sqrt(3), Math.sin(a) / Math.sqrt(3)]);
    }),
  );
  return { features, places };
}

test.each([
  [16, 12],
  [40, 5],
  [9, 30],
])('a shuffled surface of %i x %i comes out nearly as smooth as it was', (width, height) => {
  const { features, places } = surface(width, height, width);
  const items = width * height;
  const best = agreement(features, 6, width, Int32Array.from(places));
  const before = agreement(features, 6, width, Int32Array.from(places.keys()));
  const cellOf = sortIntoGrid({ items, dims: 6, features, width });
  expect([...cellOf].sort((a, b) => a - b)).toEqual([...Array(items).keys()]);
  const after = agreement(features, 6, width, cellOf);
  expect(best).toBeGreaterThan(0.9);
  expect(after).toBeGreaterThan(before + 0.93 * (best - before));
  expect(sortIntoGrid({ items, dims: 6, features, width })).toEqual(cellOf);
});

test('a last row that is partial, single rows and columns, one item and none are filled', () => {
  for (const [items, width] of [
    [23, 5],
    [7, 7],
    [7, 1],
    [1, 1],
    [0, 1],
    [3, 8],
  ]) {
    const random = makeRandom(items);
    const features = Float64Array.from({ length: items * 3 }, () => gauss(random));
    const cellOf = sortIntoGrid({ items, dims: 3, features, width });
    expect([...cellOf].sort((a, b) => a - b)).toEqual([...Array(items).keys()]);
    const order = Int32Array.from({ length: items }, (_, i) => i);
    const before = agreement(features, 3, width, order);
    if (items > 3) expect(agreement(features, 3, width, cellOf)).toBeGreaterThan(before);
  }
});

test('items stay in their blocks', () => {
  const { features } = surface(16, 12, 1);
  const blocks = Int32Array.from({ length: 192 }, (_, cell) => Math.floor((cell % 16) / 4));
  const cellOf = sortIntoGrid({ items: 192, dims: 6, features, width: 16, blocks });
  const order = Int32Array.from(cellOf.keys());
  expect([...cellOf].map((cell) => blocks[cell])).toEqual([...blocks]);
  expect(agreement(features, 6, 16, cellOf)).toBeGreaterThan(
    agreement(features, 6, 16, order) + 0.3,
  );
});
