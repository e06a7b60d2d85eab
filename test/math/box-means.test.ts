import { expect, test } from 'vitest';
import { boxMeans } from '../../src/math/box-means.js';
import { makeRandom } from '../../src/math/random.js';

test.each([
  [20, 5, 1, 1],
  [23, 5, 2, 1],
  [23, 5, 0, 3],
  [6, 6, 3, 2],
  [4, 1, 0, 2],
])('%i items in rows of %i, radius %i x %i: the means of every box', (items, width, rx, ry) => {
  const random = makeRandom(items);
  const features = Float64Array.from({ length: items * 2 }, () => random.uniform());
  const itemAt = Int32Array.from(random.shuffle([...Array(items).keys()]));
  const means = boxMeans({ items, dims: 2, width, features }, itemAt, { x: rx, y: ry });
  for (let cell = 0; cell < items; cell++) {
    const near = [...Array(items).keys()].filter(
      (other) =>
        Math.abs((other % width) - (cell % width)) <= rx &&
        Math.abs(Math.floor(other / width) - Math.floor(cell / width)) <= ry,
    );
    for (const d of [0, 1]) {
      const sum = near.reduce((all, other) => all + features[itemAt[other] * 2 + d], 0);
      expect(means[cell * 2 + d]).toBeCloseTo(sum / near.length, 12);
    }
  }
});
