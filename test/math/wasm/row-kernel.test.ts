import { describe, expect, test } from 'vitest';
import { rangesOf } from '../../../src/glm/fit/moment-tile.js';
import { makeRandom } from '../../../src/math/random.js';
import { makeMemory } from '../../../src/math/wasm/memory.js';
import type { RowKernel } from '../../../src/math/wasm/row-code.js';
import { compileRowKernel, UNITS_AT_ONCE } from '../../../src/math/wasm/row-kernel.js';

const random = makeRandom(9);
const numbers = (length: number) => Float64Array.from({ length }, () => random.uniform() - 0.5);
const float64 = (length: number, count: number) => ({ type: 'float64', length, count }) as const;

/** y = (y - x) * value: the order of rows and of operands counts. */
const stepped = compileRowKernel({
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
});
const valuesOf = (units: number, count: number) =>
  Array.from({ length: count }, () => ({ value: Float32Array.from(numbers(units)) }));

function filled(units: number) {
  const held = { type: 'float32', length: units, count: 20 } as const;
  const memory = makeMemory([...stepped.needs, float64(units, 2), held]);
  const run = stepped.in(memory);
  const arrays = { x: memory.float64(units), y: memory.float64(units) };
  arrays.x.set(numbers(units));
  arrays.y.set(numbers(units));
  /** Rows with every second one in the kernel's memory. */
  const placed = (rows: ReturnType<typeof valuesOf>) =>
    rows.map((row, r) => {
      if (r % 2 === 0) return row;
      const value = memory.float32(units);
      value.set(row.value);
      return { value };
    });
  return { arrays, run, placed };
}

test.each([1, 7, 8, 9, 4095, 4096, 4097, 10000])('rows come in turn to %i units', (units) => {
  for (const count of [1, 2, 7, 8, 9, 20]) {
    for (const fresh of [false, true]) {
      const rows = valuesOf(units, count);
      const { arrays, run, placed } = filled(units);
      const [x, y] = [arrays.x.slice(), fresh ? new Float64Array(units) : arrays.y.slice()];
      const expected = y.map((start, u) =>
        rows.reduce((own, { value }) => (own - x[u]) * value[u], start),
      );
      if (fresh) arrays.y.fill(Number.NaN);
      const given = placed(rows);
      const onUnits = run({ arrays, rows: given, fresh });
      for (const range of rangesOf(units, UNITS_AT_ONCE)) onUnits(range);
      expect(arrays.y).toEqual(expected);
      expect(arrays.x).toEqual(x);
    }
  }
});

test('no rows leave the arrays as they are, or fresh ones as zeros', () => {
  const { arrays, run } = filled(9);
  const before = arrays.y.slice();
  const range = { firstUnit: 0, units: 9 };
  run({ arrays, rows: [] })(range);
  expect(arrays.y).toEqual(before);
  run({ arrays, rows: [], fresh: true })(range);
  expect(arrays.y).toEqual(new Float64Array(9));
});

describe('rows of doubles, and numbers, that give something', () => {
  const units = 10_002;
  /** sum = sum + a; of a row, product = sum * b and scaled = a * number. */
  const definition: RowKernel = {
    arrays: ['sum'],
    written: ['sum'],
    ...{ inputs: ['a', 'b'], type: 'float64', outputs: ['product', 'scaled'] },
    numbers: ['unused', 'number'],
    body: [
      ...[['local.get', 'sum'] as const, ['local.get', 'a'] as const],
      ...[['f64x2.add'] as const, ['local.set', 'sum'] as const],
      ...[['local.get', 'sum'] as const, ['local.get', 'b'] as const],
      ...[['f64x2.mul'] as const, ['local.set', 'product'] as const],
      ...[['local.get', 'a'] as const, ['local.get', 'number'] as const],
      ...[['f64x2.mul'] as const, ['local.set', 'scaled'] as const],
    ],
  };
  const kernel = compileRowKernel(definition);
  const memory = makeMemory([...kernel.needs, float64(units, 1), float64(UNITS_AT_ONCE, 24)]);
  const run = kernel.in(memory);
  const arrays = { sum: memory.float64(units) };
  const given = Array.from({ length: 12 }, () => ({
    product: memory.float64(UNITS_AT_ONCE),
    scaled: memory.float64(UNITS_AT_ONCE),
  }));
  const rows = given.map(() => ({ a: numbers(units), b: numbers(units) }));

  test.each([
    [0, UNITS_AT_ONCE, undefined],
    [UNITS_AT_ONCE, 4, undefined],
    [8, 92, 0],
    [8, 92, 333],
    [10_000, 2, 20],
  ])('from unit %i, %i units are done and no others', (firstUnit, count, rowsFrom) => {
    const before = numbers(units);
    arrays.sum.set(before);
    const factors = numbers(2 * rows.length);
    const range = { firstUnit, units: count };
    const from = rowsFrom === undefined ? {} : { rowsFrom };
    run({ arrays, rows, numbers: factors, outputs: given, ...from })(range);
    const sum = before.slice();
    for (const [r, { a, b }] of rows.entries()) {
      for (let i = 0, u = firstUnit, v = rowsFrom ?? firstUnit; i < count; i++, u++, v++) {
        sum[u] += a[v];
        if (given[r].product[i] !== sum[u] * b[v]) expect.fail(`row ${r}, unit ${u}`);
        if (given[r].scaled[i] !== factors[2 * r + 1] * a[v]) expect.fail(`row ${r}, unit ${u}`);
      }
    }
    expect(arrays.sum).toEqual(sum);
  });

  test('what they give is not finite where they are not', () => {
    const odd = { a: numbers(units).fill(Number.NaN, 2, 3), b: numbers(units) };
    const range = { firstUnit: 0, units: 4 };
    const call = { arrays, rows: [odd], numbers: numbers(2), outputs: given };
    run({ ...call, fresh: true })(range);
    const [{ product }] = given;
    expect([...product.subarray(0, 4)].map(Number.isNaN)).toEqual([false, false, true, false]);
    expect(product[0]).toBe(odd.a[0] * odd.b[0]);
  });
});
