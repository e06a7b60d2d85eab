import { expect, test } from 'vitest';
import { makeRandom } from '../../src/math/random.js';
import { chanceOverlap, overlap } from '../../src/networks/overlap.js';

const bits = (...values: number[]) => Uint8Array.from(values);

test.each([
  ['the same network', bits(1, 0, 1), bits(1, 0, 1), { both: 2, dice: 1 }],
  ['apart', bits(1, 0, 0), bits(0, 1, 1), { both: 0, dice: 0 }],
  ['half of each', bits(1, 1, 0, 0), bits(0, 1, 1, 0), { both: 1, dice: 0.5 }],
  ['one empty', bits(1, 1), bits(0, 0), { both: 0, dice: 0 }],
  ['both empty', bits(0, 0), bits(0, 0), { both: 0, dice: null }],
])('%s', (_, a, b, expected) => {
  expect(overlap(a, b)).toMatchObject(expected);
  expect(overlap(b, a)).toMatchObject(expected);
});

test('independent networks of share p overlap by p', () => {
  const random = makeRandom(3);
  const draw = () => Uint8Array.from({ length: 50_000 }, () => Number(random.uniform() < 0.3));
  expect(overlap(draw(), draw()).dice).toBeCloseTo(0.3, 1);
});

test('networks over different units are a fault', () => {
  expect(() => overlap(bits(1), bits(1, 0))).toThrow(RangeError);
});

test('some units only', () => {
  expect(overlap(bits(1, 1, 1, 0), bits(1, 0, 1, 1), [0, 1])).toEqual({
    ...{ inA: 2, inB: 1, both: 1 },
    dice: 2 / 3,
    jaccard: 0.5,
  });
});

/** Networks with the given counts in each module: in both, in a only, in b only, in neither. */
function fromTables(tables: readonly (readonly number[])[]) {
  const [a, b, modules]: [number[], number[], number[][]] = [[], [], []];
  for (const counts of tables) {
    const units: number[] = [];
    counts.forEach((count, cell) => {
      for (let i = 0; i < count; i++) {
        units.push(a.length);
        a.push(cell < 2 ? 1 : 0);
        b.push(cell % 2 === 0 ? 1 : 0);
      }
    });
    modules.push(units);
  }
  return { a: Uint8Array.from(a), b: Uint8Array.from(b), modules };
}

test("chance within modules is statsmodels' StratifiedTable.test_null_odds, one-sided", () => {
  const { a, b, modules } = fromTables([
    [12, 8, 5, 25],
    [3, 7, 9, 31],
    [20, 2, 4, 14],
  ]);
  const chance = chanceOverlap(a, b, modules);
  expect(chance.expectedWithin).toBeCloseTo((20 * 17) / 50 + (10 * 12) / 50 + (22 * 24) / 40, 12);
  expect(chance.logPWithin).toBeCloseTo(-14.436410966038137, 9);
});

test('networks in the same module, at random there, share more than by chance but not within it', () => {
  const { a, b, modules } = fromTables([
    [25, 25, 25, 25],
    [0, 0, 0, 900],
  ]);
  const chance = chanceOverlap(a, b, modules);
  expect(chance.expected).toBeCloseTo(2.5, 12);
  expect(chance.logP).toBeLessThan(-30);
  expect(chance.expectedWithin).toBeCloseTo(25, 12);
  expect(Math.exp(chance.logPWithin)).toBeCloseTo(0.5, 12);
});
