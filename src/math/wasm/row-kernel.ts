import { type Instruction, type Kernel, moduleOf } from './module.js';

/** What is done with each value of a row in its turn, in float64. */
export interface RowKernel<Name extends string> {
  /** Arrays of one number a unit. */
  readonly arrays: readonly Name[];
  /** Those of them that are written; the others are only read. */
  readonly written: readonly Name[];
  /** Instructions with `value` and the arrays as locals. */
  readonly body: readonly Instruction[];
}

/**
 * Does it to every unit of the arrays with rows of as many values, one after the other. Where the arrays are
 * `fresh`, those that are written begin with zeros, whatever they hold.
 */
export type RunRows<Name extends string> = (
  arrays: Readonly<Record<Name, Float64Array>>, // [units]
  rows: readonly Float32Array[], // [rows][units]
  fresh?: boolean,
) => void;

/** Rows and units that are in the kernel's memory at once, which stay in the processor's cache. */
const ROWS = 8;
const UNITS = 4096;

/** Registers of each array, of two units each. */
const REGISTERS = [0, 1];
const TOGETHER = 2 * REGISTERS.length;

/** Bytes of a double, and of a register's doubles and its row's values. */
const DOUBLE = 8;
const DOUBLES = 16;
const VALUES = 8;

/** Exponents of the alignments that loads and stores may count on. */
const ALIGNED = { doubles: 3, values: 2 };

const get = (name: string): Instruction => ['local.get', name];
const set = (name: string): Instruction => ['local.set', name];
const grow = (name: string, by: Instruction): Instruction[] => [
  ...[get(name), by],
  ['i32.add'],
  set(name),
];

/** The loops over units, whose numbers stay in registers, and over rows; `end` is the last array's. */
function kernelOf<Name extends string>({ arrays, written, body }: RowKernel<Name>): Kernel {
  const register = (name: string, k: number) => `${name} ${k}`;
  const each = (names: readonly Name[], of: (name: string, offset: number) => Instruction[]) =>
    REGISTERS.flatMap((k) =>
      names.flatMap((name) =>
        of(register(name, k), arrays.indexOf(name) * DOUBLE * UNITS + k * DOUBLES),
      ),
    );
  const own = (k: number) => (instruction: Instruction) => {
    const [operation, ...operands] = instruction;
    const isArray = (name: unknown) => (arrays as readonly unknown[]).includes(name);
    return [
      operation,
      ...operands.map((name) => (isArray(name) ? register(name as string, k) : name)),
    ] as Instruction;
  };
  const registers = REGISTERS.flatMap((k) => arrays.map((name) => register(name, k)));
  return {
    parameters: ['unit', 'values', 'count', 'end'],
    locals: {
      ...{ row: 'i32', left: 'i32', value: 'v128' },
      ...Object.fromEntries(registers.map((name) => [name, 'v128'] as const)),
    },
    body: [
      ['loop'], // over units
      ...each(arrays, (name, offset) => [
        get('unit'),
        ['v128.load', ALIGNED.doubles, offset],
        set(name),
      ]),
      ...[get('values'), set('row'), get('count'), set('left')],
      ['loop'], // over rows
      ...REGISTERS.flatMap((k): Instruction[] => [
        get('row'),
        ['v128.load64_zero', ALIGNED.values, k * VALUES],
        ['f64x2.promote_low_f32x4'],
        set('value'),
        ...body.map(own(k)),
      ]),
      ...grow('row', ['i32.const', 4 * UNITS]),
      get('left'),
      ['i32.const', 1],
      ['i32.sub'],
      ['local.tee', 'left'],
      ['br_if', 0],
      ['end'],
      ...each(written, (name, offset) => [
        ...[get('unit'), get(name)],
        ['v128.store', ALIGNED.doubles, offset],
      ]),
      ...grow('values', ['i32.const', REGISTERS.length * VALUES]),
      ...grow('unit', ['i32.const', REGISTERS.length * DOUBLES]),
      ...[get('unit'), get('end')],
      ['i32.lt_u'],
      ['br_if', 0],
      ['end'],
    ],
  };
}

/** The kernel's memory: the arrays' parts, one after the other, and then the rows'. */
function instantiate<Name extends string>(kernel: RowKernel<Name>) {
  const values = kernel.arrays.length * DOUBLE * UNITS;
  const pages = Math.ceil((values + ROWS * 4 * UNITS) / 2 ** 16);
  const module = new WebAssembly.Module(moduleOf(kernelOf(kernel), pages));
  const { exports } = new WebAssembly.Instance(module);
  const { buffer } = exports.memory as WebAssembly.Memory;
  const run = exports.run as (...parameters: number[]) => void;
  const array = (name: Name) =>
    new Float64Array(buffer, kernel.arrays.indexOf(name) * DOUBLE * UNITS, UNITS);
  const row = (r: number) => new Float32Array(buffer, values + r * 4 * UNITS, UNITS);
  const arraysOf = (names: readonly Name[]) => names.map((name) => ({ name, own: array(name) }));
  return {
    written: arraysOf(kernel.written),
    read: arraysOf(kernel.arrays.filter((name) => !kernel.written.includes(name))),
    rows: Array.from({ length: ROWS }, (_, r) => row(r)),
    run: (count: number, units: number) =>
      run(0, values, count, DOUBLE * TOGETHER * Math.ceil(units / TOGETHER)),
  };
}

/** Compiles a kernel when it is first run. */
export function makeRowKernel<Name extends string>(kernel: RowKernel<Name>): RunRows<Name> {
  let instance: ReturnType<typeof instantiate<Name>> | null = null;
  return (arrays, rows, fresh = false) => {
    instance ??= instantiate(kernel);
    const units = arrays[kernel.arrays[0]].length;
    for (let from = 0; from < units; from += UNITS) {
      const to = Math.min(from + UNITS, units);
      const { read, written } = instance;
      for (const { name, own } of fresh ? read : [...read, ...written])
        own.set(arrays[name].subarray(from, to));
      if (fresh) for (const { own } of written) own.fill(0);
      for (let first = 0; first < rows.length; first += ROWS) {
        const some = rows.slice(first, first + ROWS);
        for (const [r, row] of some.entries()) instance.rows[r].set(row.subarray(from, to));
        instance.run(some.length, to - from);
      }
      for (const { name, own } of written) arrays[name].set(own.subarray(0, to - from), from);
    }
  };
}
