import type { Row, UnitRange } from '../core/series.js';
import { addTo, get } from './wasm/instructions.js';
import { compiledBy } from './wasm/row-kernel.js';
import type { SetKind } from './wasm/sets.js';

/** How rows are added to some of the units (as RowCall's range). */
export interface RowAddition {
  readonly range: UnitRange;
  /** Sums begin with zeros, whatever they hold. */
  readonly fresh?: boolean;
}

/** Sums that rows are added to. */
export interface RowSums {
  readonly sums: Float64Array; // [units]
  /** Adds rows to the sums, one after the other, and then divides the sums. */
  add(
    rows: readonly Row[], // [rows][units]
    how: RowAddition & { readonly divisor?: number },
  ): void;
}

type RowType = 'float32' | 'float64';

const kernelOf = compiledBy((type: RowType) => ({
  ...{ arrays: ['sums'], written: ['sums'], inputs: ['value'], type, outputs: [] },
  body: addTo('sums', [get('value')]),
}));

/** Sums of zeros, faster with rows of one type. */
export function rowSums(units: number, type: RowType = 'float32'): SetKind<RowSums> {
  const kernel = kernelOf(type);
  const isOwn = (row: Row) => row instanceof (type === 'float32' ? Float32Array : Float64Array);
  return {
    needs: (count) => [...kernel.needs, { type: 'float64', length: units, count }],
    in(memory) {
      const run = kernel.in(memory);
      return () => {
        const sums = memory.float64(units);
        return {
          sums,
          add(rows, { range, fresh = false, divisor = 1 }) {
            const { firstUnit: from } = range;
            const own = sums.subarray(from, from + range.units);
            if (rows.every(isOwn)) {
              run({ arrays: { sums }, rows: rows.map((value) => ({ value })), range, fresh });
            } else {
              if (fresh) own.fill(0);
              for (const row of rows) addOne(own, row, from);
            }
            if (divisor !== 1) divide(own, divisor);
          },
        };
      };
    },
  };
}

/** What the kernel does with each row, to the bit, in five times its time. */
function addOne(sums: Float64Array, row: Row, from: number): void {
  for (let u = 0; u < sums.length; u++) sums[u] += row[from + u];
}

function divide(sums: Float64Array, divisor: number): void {
  for (let u = 0; u < sums.length; u++) sums[u] /= divisor;
}
