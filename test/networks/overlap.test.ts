import { expect, test } from 'vitest';
import { makeRandom } from '../../src/math/random.js';
import { overlap } from '../../src/networks/overlap.js';

const bits = (...values: number[]) => Uint8Array.from(values);

test.each([
  ['the same network', bits(1, 0, 1), bits(1, 0, 1), { both: 2, dice: 1 }],
  ['apart', bits(1, 0, 0), bits(0, 1, 1), { both: 0, dice: 0 }],
  ['half of each', bits(1, 1, 0, 0), bits(0, 1, 1, 0), { both: 1, dice: 0.5 }],
  ['one empty', bits(1, 1), bits(0, 0), { both: 0, dice: 0 }],
  ['both empty', bits(0, 0), bits(0, 0), { both: 0, dice: null }],
])('%s', (_, a, b, expected) => {
  expect(overlap(a, b)).toEqual(expected);
  expect(overlap(b, a)).toEqual(expected);
});

test('independent networks of share p overlap by p', () => {
  const random = makeRandom(3);
  const draw = () => Uint8Array.from({ length: 50_000 }, () => Number(random.uniform() < 0.3));
  expect(overlap(draw(), draw()).dice).toBeCloseTo(0.3, 1);
});

test('networks over different units are a fault', () => {
  expect(() => overlap(bits(1), bits(1, 0))).toThrow(RangeError);
});
