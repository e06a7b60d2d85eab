import { expect, test } from 'vitest';
import {
  type Exchangeability,
  makeRearrangements,
  type Scheme,
} from '../../../src/glm/group/permutation-rearrangements.js';

const ROWS: Exchangeability = { kind: 'rows' };
const rising = (rows: number) => Float64Array.from({ length: rows }, (_, i) => i);

/** Each rearrangement as the signed rows, counted from 1. */
function all(options: {
  rows: number;
  scheme: Scheme;
  exchangeability?: Exchangeability;
  permutations?: number;
  seed?: number;
}) {
  const { rows, scheme, exchangeability = ROWS, permutations = 10_000, seed = 0 } = options;
  const tested = rising(rows);
  const made = makeRearrangements({ tested, scheme, exchangeability, permutations, seed });
  const source = new Int32Array(rows);
  const sign = new Float64Array(rows);
  const found = Array.from({ length: made.count }, () => {
    made.next(source, sign);
    return Array.from(source, (from, i) => sign[i] * (from + 1));
  });
  return { exact: made.exact, found, distinct: new Set(found.map(String)).size };
}

test('all flips and all shuffles, each once, without the identity', () => {
  const flips = all({ rows: 5, scheme: 'sign-flips' });
  expect([flips.exact, flips.found.length, flips.distinct]).toEqual([true, 31, 31]);
  for (const row of flips.found) expect(row.map(Math.abs)).toEqual([1, 2, 3, 4, 5]);
  const shuffles = all({ rows: 5, scheme: 'shuffles' });
  expect([shuffles.exact, shuffles.found.length, shuffles.distinct]).toEqual([true, 119, 119]);
  for (const row of shuffles.found) expect([...row].sort()).toEqual([1, 2, 3, 4, 5]);
  for (const { found } of [flips, shuffles]) expect(found).not.toContainEqual([1, 2, 3, 4, 5]);
});

test('whole blocks move as they are, rows within blocks stay in them', () => {
  const blockOf = ['a', 'b', 'a', 'b', 'c', 'c'];
  const whole: Exchangeability = { kind: 'whole-blocks', blockOf };
  const moved = all({ rows: 6, scheme: 'shuffles', exchangeability: whole });
  expect(moved.found.map(String).sort()).toEqual(
    ['1,5,3,6,2,4', '2,1,4,3,5,6', '2,5,4,6,1,3', '5,1,6,3,2,4', '5,2,6,4,1,3'].sort(),
  );
  const flipped = all({ rows: 6, scheme: 'sign-flips', exchangeability: whole });
  expect(flipped.distinct).toBe(7);
  for (const [a1, b1, a2, b2, c1, c2] of flipped.found.map((row) => row.map(Math.sign))) {
    expect([a1, b1, c1]).toEqual([a2, b2, c2]);
  }
  const within: Exchangeability = { kind: 'within-blocks', blockOf };
  const inside = all({ rows: 6, scheme: 'shuffles', exchangeability: within });
  expect([inside.exact, inside.distinct]).toEqual([true, 7]);
  for (const row of inside.found) expect(row.map((i) => blockOf[i - 1])).toEqual(blockOf);
});

test('more than asked for are drawn at random, the same for the same seed', () => {
  for (const scheme of ['sign-flips', 'shuffles'] as const) {
    const drawn = (seed: number) => all({ rows: 7, scheme, permutations: 100, seed });
    expect([drawn(1).exact, drawn(1).found.length]).toEqual([false, 100]);
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  }
});

test('random shuffles and flips are equally likely', () => {
  const times = (found: number[][]) => {
    const counts = new Map<string, number>();
    for (const row of found) counts.set(String(row), (counts.get(String(row)) ?? 0) + 1);
    return counts;
  };
  const within: Exchangeability = { kind: 'within-blocks', blockOf: [0, 0, 0, 0, 1, 1, 1, 1, 1] };
  const options = { rows: 9, exchangeability: within, permutations: 2400, seed: 5 };
  const { found } = all({ ...options, scheme: 'shuffles' });
  const firstBlock = times(found.map((row) => row.slice(0, 4)));
  expect(firstBlock.size).toBe(24);
  const chi2 = [...firstBlock.values()].reduce((sum, n) => sum + (n - 100) ** 2 / 100, 0);
  expect(chi2).toBeLessThan(49.7); // 0.999 of chi squared with 23 dof
  const flips = all({ rows: 20, scheme: 'sign-flips', permutations: 2000 });
  for (let i = 0; i < 20; i++) {
    const negative = flips.found.filter((row) => row[i] < 0).length;
    expect(Math.abs(negative - 1000)).toBeLessThan(4 * Math.sqrt(500));
  }
});

test('rearrangements that cannot be are refused', () => {
  const refuse = (options: { tested: number[]; scheme: Scheme; by?: Exchangeability }) => {
    const { tested, scheme, by = ROWS } = options;
    const make = () =>
      makeRearrangements({
        tested: Float64Array.from(tested),
        scheme,
        exchangeability: by,
        permutations: 10,
        seed: 0,
      });
    expect(make).toThrow(expect.objectContaining({ code: 'design/exchangeability' }));
  };
  refuse({ tested: [0.5, 0.5, 0.5, 0.5], scheme: 'shuffles' });
  const blocks = (kind: 'whole-blocks' | 'within-blocks', blockOf: number[]): Exchangeability => ({
    kind,
    blockOf,
  });
  const tested = [1, 1, -1, -1];
  refuse({ tested, scheme: 'shuffles', by: blocks('within-blocks', [0, 0, 1, 1]) });
  refuse({ tested, scheme: 'shuffles', by: blocks('whole-blocks', [0, 1, 0, 1]) });
  refuse({ tested, scheme: 'shuffles', by: blocks('whole-blocks', [0, 0, 0, 1]) });
  refuse({ tested, scheme: 'sign-flips', by: blocks('whole-blocks', [0, 0]) });
});
