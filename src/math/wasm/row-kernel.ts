import type { Row, UnitRange } from '../../core/series.js';
import type { KernelMemory, Need } from './memory.js';
import { moduleOf } from './module.js';
import { codeOf, type RowKernel } from './row-code.js';

type Inputs<Input extends string> = Readonly<Record<Input, Row>>; // [units], of the kernel's type
type Outputs<Output extends string> = Readonly<Record<Output, Float64Array>>;

/** Rows that are done with some units of arrays, one after the other. */
export interface RowCall<
  Name extends string = string,
  Input extends string = string,
  Output extends string = string,
> {
  /** In the kernel's memory. */
  readonly arrays: Readonly<Record<Name, Float64Array>>; // [units]
  /** Read where they are if they are in the kernel's memory, else from copies. */
  readonly rows: readonly Inputs<Input>[]; // [rows][units]
  /** Where in the rows the range begins; by default as in the arrays. */
  readonly rowsFrom?: number;
  readonly numbers?: Float64Array; // [rows, numbers]
  /** UNITS_AT_ONCE at most; a multiple of UNITS_TOGETHER, unless they are the last. */
  readonly range: UnitRange;
  /** Arrays that are written begin with zeros, whatever they hold. */
  readonly fresh?: boolean;
  /** Where each row's outputs go, those of the first unit first: in the kernel's memory. */
  readonly outputs?: readonly Outputs<Output>[]; // [rows][units of the range]
}

export type RunRows<
  Name extends string = string,
  Input extends string = string,
  Output extends string = string,
> = (call: RowCall<Name, Input, Output>) => void;

/** A kernel, with what it needs of the memory that it works in. */
export interface CompiledRowKernel<
  Name extends string = string,
  Input extends string = string,
  Output extends string = string,
> extends Pick<RowKernel<Name, Input, Output>, 'arrays' | 'written'> {
  readonly needs: readonly Need[];
  in(memory: KernelMemory): RunRows<Name, Input, Output>;
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

      return ({ arrays, rows, numbers, range, rowsFrom, fresh = false, outputs = [] }) => {
        const { firstUnit, units } = range;
        const from = rowsFrom ?? firstUnit;
        const addressOf = (array: Row, unit: number) =>
          array.byteOffset + unit * array.BYTES_PER_ELEMENT;
        const inputAddress = (array: Row, copy: number) => {
          if (memory.holds(array)) return addressOf(array, from);
          stage[copy].set(array.subarray(from, from + units));
          return stage[copy].byteOffset;
        };
        for (const [i, name] of names.entries()) table[i] = addressOf(arrays[name], firstUnit);
        if (fresh && rows.length === 0)
          for (const name of written) arrays[name].fill(0, firstUnit, firstUnit + units);
        for (let first = 0; first < rows.length; first += ROWS_AT_ONCE) {
          const count = Math.min(ROWS_AT_ONCE, rows.length - first);
          let at = names.length;
          for (let r = 0; r < count; r++) {
            for (const [i, name] of inputs.entries())
              table[at++] = inputAddress(rows[first + r][name], r * inputs.length + i);
            for (const name of outputNames) table[at++] = outputs[first + r][name].byteOffset;
          }
          if (numbers) ownNumbers.set(numbers.subarray(first * each, (first + count) * each));
          const isFresh = Number(fresh && first === 0);
          run(table.byteOffset, ownNumbers.byteOffset, count, 8 * units, isFresh);
        }
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
