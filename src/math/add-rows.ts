import type { Row } from '../core/series.js';
import { makeRowAdder, type RowAdder } from './wasm/add-rows-kernel.js';

/** Rows and units that are added at once: they stay in the processor's cache. */
const ROWS = 8;
const UNITS = 4096;

let adder: RowAdder | null = null;

/** Adds rows to sums in place, one after the other, and then divides the sums. */
export function addRows(
  sums: Float64Array, // [units]
  rows: readonly Row[], // [rows][units]
  divisor = 1,
): void {
  if (rows.every((row) => row instanceof Float32Array)) addTogether(sums, rows);
  else for (const row of rows) addOne(sums, row);
  if (divisor !== 1) divide(sums, divisor);
}

/** As addOne for each row, to the bit, in a fifth of its time. */
function addTogether(sums: Float64Array, rows: readonly Float32Array[]): void {
  adder ??= makeRowAdder(ROWS, UNITS);
  for (let from = 0; from < sums.length; from += UNITS) {
    const to = Math.min(from + UNITS, sums.length);
    adder.sums.set(sums.subarray(from, to));
    for (let first = 0; first < rows.length; first += ROWS) {
      const some = rows.slice(first, first + ROWS);
      for (const [i, row] of some.entries()) adder.rows[i].set(row.subarray(from, to));
      adder.add(some.length, to - from);
    }
    sums.set(adder.sums.subarray(0, to - from), from);
  }
}

function addOne(sums: Float64Array, row: Row): void {
  for (let u = 0; u < sums.length; u++) sums[u] += row[u];
}

function divide(sums: Float64Array, divisor: number): void {
  for (let u = 0; u < sums.length; u++) sums[u] /= divisor;
}
