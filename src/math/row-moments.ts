import type { Row } from '../core/series.js';
import type { RowAddition } from './row-sums.js';
import { addTo, difference, get, numbered, product, set } from './wasm/instructions.js';
import { namedArrays } from './wasm/memory.js';
import type { RowKernel } from './wasm/row-code.js';
import { compiledBy, type OnUnits } from './wasm/row-kernel.js';
import { kernelOfTypes } from './wasm/row-types.js';
import type { SetKind } from './wasm/sets.js';

/** Sums over volumes t of d, values less a shift, and what the next volume's products need. */
export interface RowMoments {
  /** 0 until it is set; sets of one memory share it, so that it stays in the processor's cache. */
  readonly shift: Float64Array; // [units]
  readonly sums: Float64Array; // [units]
  readonly squares: Float64Array; // [units]
  /** Sum of w_t d_t, by column of the weights w. */
  readonly weighted: readonly Float64Array[]; // [columns][units]
  /** Sum of d_t d_(t-l), by lag l from 1. */
  readonly lagged: readonly Float64Array[]; // [lags][units]
  /** d of the last volume, of the one before it, ...; 0 before the first. */
  readonly last: readonly Float64Array[]; // [lags][units]
  /**
   * What adds rows, less the shift, their squares, and their products with weights and with the rows
   * before, one row after the other. Where the sums are `fresh`, they and the last volumes begin with zeros.
   */
  add(
    rows: readonly Row[], // [rows][units]
    how: RowAddition & { readonly weights: Float64Array }, // [rows, columns]
  ): OnUnits;
}

/** What the moments are of. */
export interface MomentSize {
  readonly lags: number;
  /** Of weights. */
  readonly columns: number;
}

function define(own: MomentSize & Pick<RowKernel, 'type'>): RowKernel<string, 'value', never> {
  const { lags, columns, type } = own;
  const [lagged, last] = ['lagged', 'last'].map((name) => numbered(name, lags));
  const [weighted, weights] = ['weighted', 'weight'].map((name) => numbered(name, columns));
  const written = ['sums', 'squares', ...weighted, ...lagged, ...last];
  return {
    arrays: ['shift', ...written],
    written,
    ...{ inputs: ['value'], type, numbers: weights, outputs: [] },
    body: [
      ...[...difference('value', 'shift'), set('value')],
      ...addTo('sums', [get('value')]),
      ...addTo('squares', product('value', 'value')),
      ...weighted.flatMap((sum, j) => addTo(sum, product('value', weights[j]))),
      ...lagged.flatMap((sum, l) => addTo(sum, product('value', last[l]))),
      ...last
        .map((own, l) => [get(l > 0 ? last[l - 1] : 'value'), set(own)])
        .toReversed()
        .flat(),
    ],
  };
}

const kernelOf = compiledBy(define, ({ lags, columns, type }) => `${lags} ${columns} ${type}`);

/** Moments of no rows. */
export function rowMoments(units: number, size: MomentSize): SetKind<RowMoments> {
  const { lags, columns } = size;
  const kernel = kernelOfTypes((type) => kernelOf({ ...size, type }));
  const { written: names } = kernelOf({ ...size, type: 'float32' });
  return {
    needs: (count) => [
      ...kernel.needs,
      { type: 'float64', length: units, count: 1 + count * names.length },
    ],
    in(memory) {
      const run = kernel.in(memory);
      const shift = memory.float64(units);
      return () => {
        const written = namedArrays(memory, names, units);
        const arrays: Record<string, Float64Array> = { ...written, shift };
        const { sums, squares } = arrays;
        const byNumber = (name: string, count: number) =>
          numbered(name, count).map((own) => arrays[own]);
        const weighted = byNumber('weighted', columns);
        const [lagged, last] = [byNumber('lagged', lags), byNumber('last', lags)];
        return {
          ...{ shift, sums, squares, weighted, lagged, last },
          add: (rows, { weights, fresh = false }) =>
            run({ arrays, rows: rows.map((value) => ({ value })), numbers: weights, fresh }),
        };
      };
    },
  };
}
