import type { Row } from '../core/series.js';
import { makeRowKernel } from './wasm/row-kernel.js';

/** Sums of values less a constant, and of their squares. */
export interface ShiftedMoments {
  readonly shift: Float64Array; // [units]
  readonly sums: Float64Array; // [units]
  readonly squares: Float64Array; // [units]
}

/** As addOne for each row, to the bit, in a third of its time. */
const addTogether = makeRowKernel({
  arrays: ['sums', 'squares', 'shift'],
  written: ['sums', 'squares'],
  body: [
    ['local.get', 'value'],
    ['local.get', 'shift'],
    ['f64x2.sub'],
    ['local.set', 'value'],
    ['local.get', 'sums'],
    ['local.get', 'value'],
    ['f64x2.add'],
    ['local.set', 'sums'],
    ['local.get', 'squares'],
    ['local.get', 'value'],
    ['local.get', 'value'],
    ['f64x2.mul'],
    ['f64x2.add'],
    ['local.set', 'squares'],
  ],
});

/** Adds rows, less the shift, and their squares to sums in place, one after the other. */
export function addMoments(into: ShiftedMoments, rows: readonly Row[] /* [rows][units] */): void {
  const { shift, sums, squares } = into;
  if (rows.every((row) => row instanceof Float32Array)) addTogether({ shift, sums, squares }, rows);
  else for (const row of rows) addOne(into, row);
}

function addOne({ shift, sums, squares }: ShiftedMoments, row: Row): void {
  for (let u = 0; u < sums.length; u++) {
    const a = row[u] - shift[u];
    sums[u] += a;
    squares[u] += a * a;
  }
}
