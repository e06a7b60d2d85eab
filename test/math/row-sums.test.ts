import { expect, test } from 'vitest';
import { rangesOf } from '../../src/glm/fit/moment-tile.js';
import { makeRandom } from '../../src/math/random.js';
import { type RowSums, rowSums } from '../../src/math/row-sums.js';
import { makeMemory } from '../../src/math/wasm/memory.js';

const random = makeRandom(7);
const numbers = (length: number) => Float64Array.from({ length }, () => random.uniform() - 0.5);

/** Sums after rows have been added to those given. */
function after(
  start: Float64Array,
  rows: Parameters<RowSums['add']>[0],
  how: Parameters<RowSums['add']>[1] = {},
): Float64Array {
  const kind = rowSums(start.length);
  const { sums, add } = kind.in(makeMemory(kind.needs(1)))();
  sums.set(start);
  const addTo = add(rows, how);
  for (const range of rangesOf(start.length, 4096)) addTo(range);
  return sums;
}

function added(sums: Float64Array, rows: readonly (Float32Array | Float64Array)[]): Float64Array {
  const expected = sums.slice();
  for (const row of rows) for (const [u, value] of row.entries()) expected[u] += value;
  return expected;
}

test.each([1, 3, 4, 8, 11, 17])('%i rows are added one after the other', (count) => {
  for (const Values of [Float32Array, Float64Array]) {
    for (const units of [1, 7, 9, 4096, 9001]) {
      const rows = Array.from({ length: count }, () => Values.from(numbers(units)));
      const sums = numbers(units);
      expect(after(sums, rows)).toEqual(added(sums, rows));
    }
  }
});

test('of a range, those units are added and no others', () => {
  const kind = rowSums(50);
  const { sums, add } = kind.in(makeMemory(kind.needs(1)))();
  const rows = [Float32Array.from(numbers(50)), Float32Array.from(numbers(50))];
  add(rows, { divisor: 2 })({ firstUnit: 10, units: 24 });
  const expected = added(new Float64Array(50), rows).map((sum, u) =>
    u >= 10 && u < 34 ? sum / 2 : 0,
  );
  expect(sums).toEqual(expected);
});

test('single and double values may be mixed, and rows may begin within others', () => {
  const all = Float32Array.from(numbers(101));
  const rows = [all.subarray(1, 51), numbers(50), all.subarray(51)];
  const sums = numbers(50);
  expect(after(sums, rows)).toEqual(added(sums, rows));
});

test('values that are not finite, subnormal or opposite add as they do in JavaScript', () => {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, -Number.POSITIVE_INFINITY, 1e-45, -0, 3e38];
  const rows = [Float32Array.from(odd), Float32Array.from(odd.toReversed())];
  const sums = Float64Array.from([0, 1, 2, -0, -0, 1e300]);
  expect(after(sums, rows)).toEqual(added(sums, rows));
});

test('no rows leave sums as they are', () => {
  const sums = numbers(9);
  expect(after(sums, [])).toEqual(sums);
});

test.each([1, 3, 4, 6, 8])('sums of %i rows are divided once, when all are added', (count) => {
  const rows = Array.from({ length: count }, () => numbers(9));
  const sums = numbers(9);
  expect(after(sums, rows, { divisor: 7 })).toEqual(added(sums, rows).map((sum) => sum / 7));
});

test('fresh sums begin with zeros, whatever they hold', () => {
  for (const count of [0, 2]) {
    for (const Values of [Float32Array, Float64Array]) {
      const rows = Array.from({ length: count }, () => Values.from(numbers(9)));
      const sums = numbers(9).fill(Number.NaN, 0, 3);
      expect(after(sums, rows, { fresh: true })).toEqual(added(new Float64Array(9), rows));
    }
  }
});
