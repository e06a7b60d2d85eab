import { expect, test } from 'vitest';
import { editDistance, nearest } from '../../src/math/edit-distance.js';
import { makeRandom } from '../../src/math/random.js';

const draw = (seed: number, n: number) => {
  const random = makeRandom(seed);
  return Array.from({ length: n }, () => random.uniform());
};

test('the same seed gives the same stream, another seed another', () => {
  expect(draw(7, 5)).toEqual(draw(7, 5));
  expect(draw(7, 5)).not.toEqual(draw(8, 5));
  expect(draw(7, 3)).toMatchInlineSnapshot(`
    [
      0.049009592574554284,
      0.9298532154569821,
      0.3972365680289133,
    ]
  `);
});

test('uniform numbers are uniform and uncorrelated', () => {
  const n = 100_000;
  const values = draw(1, n);
  const mean = values.reduce((a, b) => a + b) / n;
  const lag = values.slice(1).reduce((sum, v, i) => sum + (v - 0.5) * (values[i] - 0.5), 0) / n;
  expect(Math.abs(mean - 0.5)).toBeLessThan(4 / Math.sqrt(12 * n));
  expect(Math.abs(lag * 12)).toBeLessThan(4 / Math.sqrt(n));
  expect(Math.min(...values.slice(0, 1000))).toBeGreaterThanOrEqual(0);
  expect(Math.max(...values.slice(0, 1000))).toBeLessThan(1);
});

test('integers and shuffles reach every value equally often', () => {
  const random = makeRandom(3);
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = random.shuffle(['a', 'b', 'c']).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(130);
  const seen = new Set(Array.from({ length: 200 }, () => random.integer(5)));
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4]);
});

test('shuffle leaves its argument alone', () => {
  const items = Object.freeze([1, 2, 3, 4]);
  expect(makeRandom(1).shuffle(items).sort()).toEqual([1, 2, 3, 4]);
});

test('edit distance and the nearest word', () => {
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('', 'abc')).toBe(3);
  expect(nearest('pathologi', ['law', 'pathology', 'cooking'])).toBe('pathology');
  expect(nearest('x', [])).toBeNull();
});
