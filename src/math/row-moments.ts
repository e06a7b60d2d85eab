import type { Row } from '../core/series.js';
import { addTo, difference, get, numbered, product, set } from './wasm/instructions.js';
import { makeRowKernel, type RowKernel } from './wasm/row-kernel.js';

/** Sums over volumes t of d, values less a shift, and what the next volume's products need. */
export interface RowMoments {
  /** 0 until it is set. */
  readonly shift: Float64Array; // [units]
  readonly sums: Float64Array; // [units]
  readonly squares: Float64Array; // [units]
  /** Sum of d_t d_(t-l), by lag l from 1. */
  readonly lagged: readonly Float64Array[]; // [lags][units]
  /** d of the last volume, of the one before it, ...; 0 before the first. */
  readonly last: readonly Float64Array[]; // [lags][units]
  /**
   * Adds rows, less the shift, their squares and their products with the rows before, one row after the
   * other. Where the sums are `fresh`, they and the last volumes begin with zeros.
   */
  add(rows: readonly Row[], fresh?: boolean): void; // [rows][units]
}

/** What is done with rows of float32: what addOne does, to the bit, in a third of its time. */
function kernelOf(lags: number): RowKernel<string, 'value', never> {
  const [lagged, last] = ['lagged', 'last'].map((name) => numbered(name, lags));
  const written = ['sums', 'squares', ...lagged, ...last];
  return {
    arrays: ['shift', ...written],
    written,
    ...{ inputs: ['value'], type: 'float32', outputs: [] },
    body: [
      ...[...difference('value', 'shift'), set('value')],
      ...addTo('sums', [get('value')]),
      ...addTo('squares', product('value', 'value')),
      ...lagged.flatMap((sum, l) => addTo(sum, product('value', last[l]))),
      ...last
        .map((own, l) => [get(l > 0 ? last[l - 1] : 'value'), set(own)])
        .toReversed()
        .flat(),
    ],
  };
}

/** Makes moments of no rows, as many as are asked for. */
export function makeRowMoments(units: number, lags: number): () => RowMoments {
  const make = makeRowKernel(kernelOf(lags), units);
  return () => {
    const { arrays, add } = make();
    const { shift, sums, squares, ...others } = arrays;
    const [lagged, last] = ['lagged', 'last'].map((name) =>
      numbered(name, lags).map((array) => others[array]),
    );
    const own = { shift, sums, squares, lagged, last };
    return {
      ...own,
      add(rows, fresh = false) {
        if (rows.every((row) => row instanceof Float32Array))
          return add(
            rows.map((value) => ({ value })),
            fresh,
          );
        if (fresh) for (const array of [sums, squares, ...lagged, ...last]) array.fill(0);
        for (const row of rows) addOne(own, row);
      },
    };
  };
}

function addOne(own: Omit<RowMoments, 'add'>, row: Row): void {
  const { shift, sums, squares, lagged, last } = own;
  const lags = lagged.length;
  for (let u = 0; u < sums.length; u++) {
    const d = row[u] - shift[u];
    sums[u] += d;
    squares[u] += d * d;
    for (let l = 0; l < lags; l++) lagged[l][u] += d * last[l][u];
    for (let l = lags - 1; l > 0; l--) last[l][u] = last[l - 1][u];
    if (lags > 0) last[0][u] = d;
  }
}
