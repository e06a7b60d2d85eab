import type { Row } from '../core/series.js';
import { addTo, get } from './wasm/instructions.js';
import { makeRowKernel } from './wasm/row-kernel.js';

/** Sums that rows are added to. */
export interface RowSums {
  readonly sums: Float64Array; // [units]
  /**
   * Adds rows to the sums, or to zeros where they are `fresh`, one after the other, and then divides the
   * sums.
   */
  add(
    rows: readonly Row[], // [rows][units]
    how?: { readonly fresh?: boolean; readonly divisor?: number },
  ): void;
}

/** Makes sums of zeros, as many as are asked for. */
export function makeRowSums(units: number): () => RowSums {
  const make = makeRowKernel(
    {
      arrays: ['sums'],
      written: ['sums'],
      ...{ inputs: ['value'], type: 'float32', outputs: [] },
      body: addTo('sums', [get('value')]),
    },
    units,
  );
  return () => {
    const { arrays, add } = make();
    const { sums } = arrays;
    return {
      sums,
      add(rows, { fresh = false, divisor = 1 } = {}) {
        if (rows.every((row) => row instanceof Float32Array)) {
          add(
            rows.map((value) => ({ value })),
            fresh,
          );
        } else {
          if (fresh) sums.fill(0);
          for (const row of rows) addOne(sums, row);
        }
        if (divisor !== 1) divide(sums, divisor);
      },
    };
  };
}

/** What `add` does with each row, to the bit, in five times its time. */
function addOne(sums: Float64Array, row: Row): void {
  for (let u = 0; u < sums.length; u++) sums[u] += row[u];
}

function divide(sums: Float64Array, divisor: number): void {
  for (let u = 0; u < sums.length; u++) sums[u] /= divisor;
}
