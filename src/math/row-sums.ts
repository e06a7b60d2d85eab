import type { Row, UnitRange } from '../core/series.js';
import { addTo, get } from './wasm/instructions.js';
import type { RowKernel } from './wasm/row-code.js';
import { compiledBy, type OnUnits } from './wasm/row-kernel.js';
import { kernelOfTypes } from './wasm/row-types.js';
import type { SetKind } from './wasm/sets.js';

/** How rows are added. */
export interface RowAddition {
  /** Sums begin with zeros, whatever they hold. */
  readonly fresh?: boolean;
}

/** Sums that rows are added to. */
export interface RowSums {
  readonly sums: Float64Array; // [units]
  /** What adds rows to the sums, one after the other, and then divides the sums. */
  add(
    rows: readonly Row[], // [rows][units]
    how?: RowAddition & { readonly divisor?: number },
  ): OnUnits;
}

const kernelOf = compiledBy((type: RowKernel['type']) => ({
  ...{ arrays: ['sums'], written: ['sums'], inputs: ['value'] as const, type, outputs: [] },
  body: addTo('sums', [get('value')]),
}));

/** Sums of zeros. */
export function rowSums(units: number): SetKind<RowSums> {
  const kernel = kernelOfTypes(kernelOf);
  return {
    needs: (count) => [...kernel.needs, { type: 'float64', length: units, count }],
    in(memory) {
      const run = kernel.in(memory);
      return () => {
        const sums = memory.float64(units);
        return {
          sums,
          add(rows, { fresh = false, divisor = 1 } = {}) {
            const addRows = run({
              arrays: { sums },
              rows: rows.map((value) => ({ value })),
              fresh,
            });
            if (divisor === 1) return addRows;
            return (range) => {
              addRows(range);
              divide(sums, divisor, range);
            };
          },
        };
      };
    },
  };
}

function divide(sums: Float64Array, divisor: number, { firstUnit, units }: UnitRange): void {
  for (let u = firstUnit; u < firstUnit + units; u++) sums[u] /= divisor;
}
