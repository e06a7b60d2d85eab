import { expect, test } from 'vitest';
import { makeRandom } from '../../../src/math/random.js';
import { makeRowKernel } from '../../../src/math/wasm/row-kernel.js';

const random = makeRandom(9);
const numbers = (length: number) => Float64Array.from({ length }, () => random.uniform() - 0.5);

/** y = (y - x) * value: the order of rows and of operands counts. */
const run = makeRowKernel({
  arrays: ['x', 'y'],
  written: ['y'],
  body: [
    ['local.get', 'y'],
    ['local.get', 'x'],
    ['f64x2.sub'],
    ['local.get', 'value'],
    ['f64x2.mul'],
    ['local.set', 'y'],
  ],
});

test.each([1, 7, 8, 9, 4095, 4096, 4097, 10000])('rows come in turn to %i units', (units) => {
  for (const count of [1, 2, 7, 8, 9, 20]) {
    const rows = Array.from({ length: count }, () => Float32Array.from(numbers(units)));
    const [x, y] = [numbers(units), numbers(units)];
    const expected = y.map((start, u) => rows.reduce((own, row) => (own - x[u]) * row[u], start));
    const read = x.slice();
    run({ x, y }, rows);
    expect(y).toEqual(expected);
    expect(x).toEqual(read);
  }
});

test('fresh arrays begin with zeros where they are written', () => {
  const rows = [Float32Array.from(numbers(5000)), Float32Array.from(numbers(5000))];
  const [x, y] = [numbers(5000), new Float64Array(5000).fill(Number.NaN)];
  const expected = y.map((_, u) => rows.reduce((own, row) => (own - x[u]) * row[u], 0));
  run({ x, y }, rows, true);
  expect(y).toEqual(expected);
});

test('no rows leave the arrays as they are', () => {
  const [x, y] = [numbers(9), numbers(9)];
  const before = y.slice();
  run({ x, y }, []);
  expect(y).toEqual(before);
});
