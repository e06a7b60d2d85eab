import type { Row, UnitRange } from '../../core/series.js';
import type { KernelMemory, Need } from './memory.js';
import { moduleOf } from './module.js';
import { codeOf, type RowKernel } from './row-code.js';

type Inputs<Input extends string> = Readonly<Record<Input, Row>>; // [units], of the kernel's type
type Outputs<Output extends string> = Readonly<Record<Output, Float64Array>>;

/** Rows that are done with arrays, one after the other. */
export interface RowCall<
  Name extends string = string,
  Input extends string = string,
  Output extends string = string,
> {
  /** In the kernel's memory. */
  readonly arrays: Readonly<Record<Name, Float64Array>>; // [units]
  /** Read where they are if they are in the kernel's memory, else from copies. */
  readonly rows: readonly Inputs<Input>[]; // [rows][units]
  /** Where in the rows a range begins; by default as in the arrays. */
  readonly rowsFrom?: number;
  readonly numbers?: Float64Array; // [rows, numbers]
  /** Arrays that are written begin with zeros, whatever they hold. */
  readonly fresh?: boolean;
  /** Where each row's outputs go, those of a range's first unit first: in the kernel's memory. */
  readonly outputs?: readonly Outputs<Output>[]; // [rows][units of the range]
}

/**
 * Does something with some units: UNITS_AT_ONCE at most; a multiple of UNITS_TOGETHER, unless they are the last.
 */
export type OnUnits = (range: UnitRange) => void;

/** Does one after the other. */
export const inTurn =
  (all: readonly OnUnits[]): OnUnits =>
  (range) => {
    for (const onUnits of all) onUnits(range);
  };

/** Makes a call ready for ranges of units, each of which is then done in little time. */
export type RunRows<
  Name extends string = string,
  Input extends string = string,
  Output extends string = string,
> = (call: RowCall<Name, Input, Output>) => OnUnits;

/** A kernel, with what it needs of the memory that it works in. */
export interface CompiledRowKernel<
  Name extends string = string,
  Input extends string = string,
  Output extends string = string,
> extends Pick<RowKernel<Name, Input, Output>, 'arrays' | 'written'> {
  readonly needs: readonly Need[];
  in(memory: KernelMemory): RunRows<Name, Input, Output>;
}

/** Where a kernel finds a row: so many bytes further for each unit before the range; or a copy of the range. */
interface Place {
  readonly address: number;
  readonly bytes: number;
  readonly copied?: { readonly row: Row; readonly copy: Row };
}

/** Rows that are taken at once, and units, as copies that stay in the processor's cache. */
export const ROWS_AT_ONCE = 8;
export const UNITS_AT_ONCE = 4096;

export function compileRowKernel<Name extends string, Input extends string, Output extends string>(
  kernel: RowKernel<Name, Input, Output>,
): CompiledRowKernel<Name, Input, Output> {
  const { arrays: names, written, inputs, numbers: { length: each } = [], type } = kernel;
  const outputNames = kernel.outputs;
  const module = new WebAssembly.Module(moduleOf(codeOf(kernel)));
  const rowAddresses = inputs.length + outputNames.length;
  const addresses = names.length + ROWS_AT_ONCE * rowAddresses;
  const copies = ROWS_AT_ONCE * inputs.length;
  return {
    ...{ arrays: names, written },
    needs: [
      { type: 'uint32', length: addresses, count: 1 },
      { type: 'float64', length: ROWS_AT_ONCE * each, count: 1 },
      { type, length: UNITS_AT_ONCE, count: copies },
    ],
    in(memory) {
      const table = memory.uint32(addresses);
      const ownNumbers = memory.float64(ROWS_AT_ONCE * each);
      const stage = Array.from({ length: copies }, () => memory[type](UNITS_AT_ONCE));
      const instance = new WebAssembly.Instance(module, { kernel: { memory: memory.wasm } });
      const run = instance.exports.run as (...parameters: number[]) => void;

      const placeOf = (row: Row, copy: Row): Place =>
        memory.holds(row)
          ? { address: row.byteOffset, bytes: row.BYTES_PER_ELEMENT }
          : { address: copy.byteOffset, bytes: 0, copied: { row, copy } };

      /** Some rows of a call, as many as are taken at once. */
      const ready = (call: RowCall<Name, Input, Output>, first: number): OnUnits => {
        const { arrays, rowsFrom, numbers, fresh = false, outputs = [] } = call;
        const rows = call.rows.slice(first, first + ROWS_AT_ONCE);
        const ofArrays = names.map((name) => arrays[name].byteOffset);
        const ofRows = rows.flatMap((row, r): Place[] => [
          ...inputs.map((name, i) => placeOf(row[name], stage[r * inputs.length + i])),
          ...outputNames.map((name) => ({
            address: outputs[first + r][name].byteOffset,
            bytes: 0,
          })),
        ]);
        const own = numbers?.subarray(first * each, (first + rows.length) * each);
        const isFresh = Number(fresh && first === 0);
        return ({ firstUnit, units }) => {
          const from = rowsFrom ?? firstUnit;
          let at = 0;
          for (const address of ofArrays) table[at++] = address + 8 * firstUnit;
          for (const { address, bytes, copied } of ofRows) {
            table[at++] = address + bytes * from;
            copied?.copy.set(copied.row.subarray(from, from + units));
          }
          if (own) ownNumbers.set(own);
          run(table.byteOffset, ownNumbers.byteOffset, rows.length, 8 * units, isFresh);
        };
      };

      return (call) => {
        const { arrays, rows, fresh } = call;
        const parts: OnUnits[] = [];
        for (let first = 0; first < rows.length; first += ROWS_AT_ONCE)
          parts.push(ready(call, first));
        const clear: OnUnits = ({ firstUnit, units }) => {
          for (const name of written) arrays[name].fill(0, firstUnit, firstUnit + units);
        };
        return fresh && rows.length === 0 ? clear : inTurn(parts);
      };
    },
  };
}

/**
 * Kernels of a family, each compiled once: V8 makes code that is used much faster in time.
 * @param nameOf tells keys apart, by default by what they are
 */
export function compiledBy<Key, Name extends string, Input extends string, Output extends string>(
  family: (key: Key) => RowKernel<Name, Input, Output>,
  nameOf: (key: Key) => unknown = (key) => key,
): (key: Key) => CompiledRowKernel<Name, Input, Output> {
  const compiled = new Map<unknown, CompiledRowKernel<Name, Input, Output>>();
  return (key) => {
    const name = nameOf(key);
    const own = compiled.get(name) ?? compileRowKernel(family(key));
    compiled.set(name, own);
    return own;
  };
}
