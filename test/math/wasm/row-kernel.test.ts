import { describe, expect, test } from 'vitest';
import { makeRandom } from '../../../src/math/random.js';
import { makeRowKernel, UNITS_AT_ONCE } from '../../../src/math/wasm/row-kernel.js';

const random = makeRandom(9);
const numbers = (length: number) => Float64Array.from({ length }, () => random.uniform() - 0.5);

/** y = (y - x) * value: the order of rows and of operands counts. */
const make = (units: number) =>
  makeRowKernel(
    {
      arrays: ['x', 'y'],
      written: ['y'],
      ...{ inputs: ['value'], type: 'float32', outputs: [] },
      body: [
        ['local.get', 'y'],
        ['local.get', 'x'],
        ['f64x2.sub'],
        ['local.get', 'value'],
        ['f64x2.mul'],
        ['local.set', 'y'],
      ],
    },
    units,
  );
const valuesOf = (units: number, count: number) =>
  Array.from({ length: count }, () => ({ value: Float32Array.from(numbers(units)) }));

function filled(units: number) {
  const own = make(units)();
  own.arrays.x.set(numbers(units));
  own.arrays.y.set(numbers(units));
  return own;
}

test.each([1, 7, 8, 9, 4095, 4096, 4097, 10000])('rows come in turn to %i units', (units) => {
  for (const count of [1, 2, 7, 8, 9, 20]) {
    for (const fresh of [false, true]) {
      const rows = valuesOf(units, count);
      const { arrays, add } = filled(units);
      const [x, y] = [arrays.x.slice(), fresh ? new Float64Array(units) : arrays.y.slice()];
      const expected = y.map((start, u) =>
        rows.reduce((own, { value }) => (own - x[u]) * value[u], start),
      );
      if (fresh) arrays.y.fill(Number.NaN);
      add(rows, fresh);
      expect(arrays.y).toEqual(expected);
      expect(arrays.x).toEqual(x);
    }
  }
});

test('no rows leave the arrays as they are, or fresh ones as zeros', () => {
  const { arrays, add } = filled(9);
  const before = arrays.y.slice();
  add([]);
  expect(arrays.y).toEqual(before);
  add([], true);
  expect(arrays.y).toEqual(new Float64Array(9));
});

test('sets of arrays are apart from each other, however many are asked for', () => {
  const next = make(5000);
  const sets = Array.from({ length: 20 }, next);
  const rows = sets.map(() => valuesOf(5000, 3));
  for (const [s, { arrays }] of sets.entries()) arrays.y.fill(s);
  for (const [s, { add }] of sets.entries()) add(rows[s]);
  for (const [s, { arrays }] of sets.entries()) {
    const expected = rows[s].reduce(
      (own, { value }) => own.map((y, u) => y * value[u]),
      new Float64Array(5000).fill(s),
    );
    expect(arrays.y).toEqual(expected);
    expect(arrays.x).toEqual(new Float64Array(5000));
  }
});

describe('rows of doubles that give something', () => {
  const units = 10_002;
  /** sum = sum + a; of a row, product = sum * b and twice = a + a. */
  const { arrays, addSome } = makeRowKernel(
    {
      arrays: ['sum'],
      written: ['sum'],
      ...{ inputs: ['a', 'b'], type: 'float64', outputs: ['product', 'twice'] },
      body: [
        ...[['local.get', 'sum'] as const, ['local.get', 'a'] as const],
        ...[['f64x2.add'] as const, ['local.set', 'sum'] as const],
        ...[['local.get', 'sum'] as const, ['local.get', 'b'] as const],
        ...[['f64x2.mul'] as const, ['local.set', 'product'] as const],
        ...[['local.get', 'a'] as const, ['local.get', 'a'] as const],
        ...[['f64x2.add'] as const, ['local.set', 'twice'] as const],
      ],
    },
    units,
  )();
  const rows = Array.from({ length: 8 }, () => ({ a: numbers(units), b: numbers(units) }));

  test.each([
    [0, UNITS_AT_ONCE],
    [UNITS_AT_ONCE, 4],
    [8, 92],
    [10_000, 2],
  ])('from unit %i, %i units are done and no others', (firstUnit, count) => {
    const before = numbers(units);
    arrays.sum.set(before);
    const given = addSome(rows, { firstUnit, units: count });
    const sum = before.slice();
    for (const [r, { a, b }] of rows.entries()) {
      for (let i = 0, u = firstUnit; i < count; i++, u++) {
        sum[u] += a[u];
        if (given[r].product[i] !== sum[u] * b[u]) expect.fail(`row ${r}, unit ${u}`);
        if (given[r].twice[i] !== 2 * a[u]) expect.fail(`row ${r}, unit ${u}`);
      }
    }
    expect(arrays.sum).toEqual(sum);
  });

  test('what they give is not finite where they are not', () => {
    const odd = { a: numbers(units).fill(Number.NaN, 2, 3), b: numbers(units) };
    const [{ product }] = addSome([odd], { firstUnit: 0, units: 4 }, true);
    expect([...product.subarray(0, 4)].map(Number.isNaN)).toEqual([false, false, true, false]);
    expect(product[0]).toBe(odd.a[0] * odd.b[0]);
  });
});
