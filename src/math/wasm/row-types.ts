import type { Row } from '../../core/series.js';
import type { KernelMemory, Need } from './memory.js';
import type { RowKernel } from './row-code.js';
import { type CompiledRowKernel, inTurn, type RowCall, type RunRows } from './row-kernel.js';

type RowType = RowKernel['type'];
type Compiled = CompiledRowKernel<string, 'value', never>;

const typeOf = ({ value }: { readonly value: Row }): RowType =>
  value instanceof Float32Array ? 'float32' : 'float64';

/** One kernel for rows of single values and one for rows of double values, which may come in any order. */
export interface KernelOfTypes {
  readonly needs: readonly Need[];
  in(memory: KernelMemory): RunRows<string, 'value', never>;
}

/** A call for each rows of one type that follow each other. */
function partsOf(call: RowCall<string, 'value', never>): RowCall<string, 'value', never>[] {
  const { rows, numbers, fresh = false } = call;
  const each = numbers ? numbers.length / rows.length : 0;
  const parts: RowCall<string, 'value', never>[] = [];
  for (let first = 0, end = 0; first < rows.length; first = end) {
    while (end < rows.length && typeOf(rows[end]) === typeOf(rows[first])) end++;
    const own = numbers && { numbers: numbers.subarray(first * each, end * each) };
    parts.push({ ...call, rows: rows.slice(first, end), ...own, fresh: fresh && first === 0 });
  }
  return parts;
}

export function kernelOfTypes(compiled: (type: RowType) => Compiled): KernelOfTypes {
  const [single, double] = [compiled('float32'), compiled('float64')];
  return {
    needs: [...single.needs, ...double.needs],
    in(memory) {
      const runs = { float32: single.in(memory), float64: double.in(memory) };
      return (call) => {
        const parts = partsOf(call);
        if (parts.length === 0) return runs.float32(call);
        return inTurn(parts.map((part) => runs[typeOf(part.rows[0])](part)));
      };
    },
  };
}
