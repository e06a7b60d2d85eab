import { addTo, numbered, product } from './wasm/instructions.js';
import type { RowKernel } from './wasm/row-code.js';
import { compiledBy, inTurn, type OnUnits, type RowCall } from './wasm/row-kernel.js';
import type { SetKind } from './wasm/sets.js';

/** Sums of rows times weights, one for each column of the weights. */
export interface RowProducts {
  readonly sums: readonly Float64Array[]; // [columns][units]
  /** What adds rows times their weights, one after the other. */
  add(
    rows: readonly Float64Array[], // [rows][units]
    weights: Float64Array, // [rows, columns]
    how?: Pick<RowCall, 'rowsFrom' | 'fresh'>,
  ): OnUnits;
}

/** Columns whose sums are in registers together. */
const MOST = 4;

function define(count: number): RowKernel<string, 'value', never> {
  const [sums, weights] = ['sum', 'weight'].map((name) => numbered(name, count));
  return {
    ...{ arrays: sums, written: sums, inputs: ['value'], type: 'float64', numbers: weights },
    outputs: [],
    body: sums.flatMap((sum, i) => addTo(sum, product('value', weights[i]))),
  };
}

const kernelOf = compiledBy(define);

/** Sums of zeros. */
export function rowProducts(units: number, columns: number): SetKind<RowProducts> {
  const firsts = Array.from({ length: Math.ceil(columns / MOST) }, (_, i) => i * MOST);
  const parts = firsts.map((first) => ({ first, count: Math.min(MOST, columns - first) }));
  const counts = [...new Set(parts.map(({ count }) => count))];
  return {
    needs: (count) => [
      ...counts.flatMap((own) => kernelOf(own).needs),
      { type: 'float64', length: units, count: count * columns },
    ],
    in(memory) {
      const runs = new Map(counts.map((own) => [own, kernelOf(own).in(memory)]));
      return () => {
        const sums = Array.from({ length: columns }, () => memory.float64(units));
        return {
          sums,
          add(rows, weights, how = {}) {
            const values = rows.map((value) => ({ value }));
            const calls = parts.map(({ first, count }) => {
              const own = numbered('sum', count).map((name, i) => [name, sums[first + i]] as const);
              const numbers = Float64Array.from({ length: rows.length * count }, (_, i) => {
                const [row, column] = [Math.floor(i / count), first + (i % count)];
                return weights[row * columns + column];
              });
              const arrays = Object.fromEntries(own);
              return runs.get(count)!({ arrays, rows: values, numbers, ...how });
            });
            return inTurn(calls);
          },
        };
      };
    },
  };
}
