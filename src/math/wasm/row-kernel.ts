import type { Row, UnitRange } from '../../core/series.js';
import { get, set, zero } from './instructions.js';
import { type Instruction, type Kernel, moduleOf } from './module.js';

/** What is done with rows in their turn, unit by unit, in float64. */
export interface RowKernel<Name extends string, Input extends string, Output extends string> {
  /** Arrays of one number a unit. */
  readonly arrays: readonly Name[];
  /** Those of them that are written; the others are only read. */
  readonly written: readonly Name[];
  /** What a row consists of: numbers of each unit, of one type. */
  readonly inputs: readonly Input[];
  readonly type: keyof typeof TYPES;
  /** What is made of a row whose type is float64. */
  readonly outputs: readonly Output[];
  /** Instructions with the arrays, inputs and outputs as locals. */
  readonly body: readonly Instruction[];
}

type Inputs<Input extends string> = Readonly<Record<Input, Row>>; // [units]
type Outputs<Output extends string> = Readonly<Record<Output, Float64Array>>;

/** The arrays of some units, in WebAssembly's own memory, where rows are added to them. */
export interface RowArrays<Name extends string, Input extends string, Output extends string> {
  readonly arrays: Readonly<Record<Name, Float64Array>>; // [units]
  /**
   * Does it with rows, one after the other. Where the arrays are `fresh`, those that are written begin
   * with zeros, whatever they hold.
   */
  add(rows: readonly Inputs<Input>[], fresh?: boolean): void;
  /**
   * Does it with some of the units, UNITS_AT_ONCE at most, of ROWS_AT_ONCE rows at most: from a multiple of
   * UNITS_TOGETHER on, as many as a multiple of it unless they are the last. Gives each row's outputs, which
   * are there until the next rows are added.
   */
  addSome(rows: readonly Inputs<Input>[], some: UnitRange, fresh?: boolean): Outputs<Output>[]; // [rows]
}

/** Rows and units that are taken at once, as copies that stay in the processor's cache. */
export const ROWS_AT_ONCE = 8;
export const UNITS_AT_ONCE = 4096;

/** Registers of each array, of two units each. */
const REGISTERS = [0, 1];
/** Units whose numbers are in registers together. */
export const UNITS_TOGETHER = 2 * REGISTERS.length;

/** Bytes of a double, and of a register's doubles. */
const DOUBLE = 8;
const DOUBLES = 16;

/** Bytes between arrays, so that they do not fall on the same lines of the cache. */
const APART = 64;
const PAGE = 2 ** 16;

/** Exponent of the alignment that loads and stores of doubles may count on. */
const ALIGNED = 3;

/** How the numbers of two units are loaded as doubles, from an address and an offset. */
const TYPES = {
  float32: {
    bytes: 4,
    array: Float32Array,
    load: (offset: number): Instruction[] => [
      ['v128.load64_zero', 2, offset],
      ['f64x2.promote_low_f32x4'],
    ],
  },
  float64: {
    bytes: DOUBLE,
    array: Float64Array,
    load: (offset: number): Instruction[] => [['v128.load', ALIGNED, offset]],
  },
} as const;

const grow = (name: string, by: number): Instruction[] => [
  ...[get(name), ['i32.const', by] as const],
  ['i32.add'],
  set(name),
];

type AnyKernel = RowKernel<string, string, string>;

/** Bytes of a row's copy: its inputs, one after the other, and then its outputs. */
function rowLayout({ inputs, outputs, type }: AnyKernel) {
  const each = TYPES[type].bytes * UNITS_AT_ONCE + APART;
  return { each, row: each * (inputs.length + outputs.length) };
}

/** The loops over units, whose numbers stay in registers, and over rows; `unit` and `end` are of the first array. */
function kernelOf(kernel: AnyKernel, arrayBytes: number): Kernel {
  const { arrays, written, inputs, outputs, type, body } = kernel;
  const layout = rowLayout(kernel);
  const pair = 2 * TYPES[type].bytes;
  const register = (name: string, k: number) => `${name} ${k}`;
  const each = (names: readonly string[], of: (name: string, offset: number) => Instruction[]) =>
    REGISTERS.flatMap((k) =>
      names.flatMap((name) =>
        of(register(name, k), arrays.indexOf(name) * arrayBytes + k * DOUBLES),
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
  const take = (k: number) => (name: string, i: number) => [
    ...[get('row'), ...TYPES[type].load(i * layout.each + k * pair)],
    set(name),
  ];
  const give = (k: number) => (name: string, i: number) => [
    ...[get('row'), get(name)],
    ['v128.store', ALIGNED, (inputs.length + i) * layout.each + k * pair] as const,
  ];
  const load = (name: string, offset: number) => [
    ...[get('unit'), ['v128.load', ALIGNED, offset] as const],
    set(name),
  ];
  const read = arrays.filter((name) => !written.includes(name));
  const registers = REGISTERS.flatMap((k) => arrays.map((name) => register(name, k)));
  const vectors = [...inputs, ...outputs, ...registers];
  return {
    parameters: ['unit', 'values', 'count', 'end', 'fresh'],
    locals: {
      ...{ row: 'i32', left: 'i32' },
      ...Object.fromEntries(vectors.map((name) => [name, 'v128'] as const)),
    },
    body: [
      ['loop'], // over units
      ...each(read, load),
      ...each(written, (name) => [zero, set(name)]),
      ['block'],
      ...[get('fresh'), ['br_if', 0] as const],
      ...each(written, load),
      ['end'],
      ...[get('values'), set('row'), get('count'), set('left')],
      ['loop'], // over rows
      ...REGISTERS.flatMap((k): Instruction[] => [
        ...inputs.flatMap(take(k)),
        ...body.map(own(k)),
        ...outputs.flatMap(give(k)),
      ]),
      ...grow('row', layout.row),
      get('left'),
      ['i32.const', 1],
      ['i32.sub'],
      ['local.tee', 'left'],
      ['br_if', 0],
      ['end'],
      ...each(written, (name, offset) => [
        ...[get('unit'), get(name)],
        ['v128.store', ALIGNED, offset],
      ]),
      ...grow('values', REGISTERS.length * pair),
      ...grow('unit', REGISTERS.length * DOUBLES),
      ...[get('unit'), get('end')],
      ['i32.lt_u'],
      ['br_if', 0],
      ['end'],
    ],
  };
}

/** As many sets of arrays as `count`, in one memory: rows' copies first, and then the sets. */
function makeSets<Name extends string, Input extends string, Output extends string>(
  kernel: RowKernel<Name, Input, Output>,
  { units, count }: { readonly units: number; readonly count: number },
): RowArrays<Name, Input, Output>[] {
  const layout = rowLayout(kernel);
  const arrayBytes = DOUBLE * UNITS_TOGETHER * Math.ceil(units / UNITS_TOGETHER) + APART;
  const setBytes = kernel.arrays.length * arrayBytes;
  const rowsBytes = ROWS_AT_ONCE * layout.row;
  const pages = Math.ceil((rowsBytes + count * setBytes) / PAGE);
  const module = new WebAssembly.Module(moduleOf(kernelOf(kernel, arrayBytes), pages));
  const { exports } = new WebAssembly.Instance(module);
  const { buffer } = exports.memory as WebAssembly.Memory;
  const run = exports.run as (...parameters: number[]) => void;
  const copies = Array.from({ length: ROWS_AT_ONCE }, (_, r) => {
    const copy = (i: number) =>
      new TYPES[kernel.type].array(buffer, r * layout.row + i * layout.each, UNITS_AT_ONCE);
    const named = kernel.outputs.map((name, i) => [name, copy(kernel.inputs.length + i)] as const);
    const inputs = kernel.inputs.map((name, i) => ({ name, own: copy(i) }));
    return { inputs, outputs: Object.fromEntries(named) as Outputs<Output> };
  });
  const setAt = (first: number): RowArrays<Name, Input, Output> => {
    const array = (i: number) => new Float64Array(buffer, first + i * arrayBytes, units);
    const named = kernel.arrays.map((name, i) => [name, array(i)] as const);
    const arrays = Object.fromEntries(named) as Record<Name, Float64Array>;
    const addSome = (rows: readonly Inputs<Input>[], some: UnitRange, fresh = false) => {
      const [from, to] = [some.firstUnit, some.firstUnit + some.units];
      for (const [r, row] of rows.entries())
        for (const { name, own } of copies[r].inputs) own.set(row[name].subarray(from, to));
      const ends = [first + DOUBLE * from, first + DOUBLE * to];
      if (rows.length > 0) run(ends[0], 0, rows.length, ends[1], Number(fresh));
      return rows.map((_, r) => copies[r].outputs);
    };
    return {
      arrays,
      addSome,
      add(rows, fresh = false) {
        if (fresh && rows.length === 0) for (const name of kernel.written) arrays[name].fill(0);
        for (let firstUnit = 0; firstUnit < units; firstUnit += UNITS_AT_ONCE) {
          const some = { firstUnit, units: Math.min(UNITS_AT_ONCE, units - firstUnit) };
          for (let next = 0; next < rows.length; next += ROWS_AT_ONCE)
            addSome(rows.slice(next, next + ROWS_AT_ONCE), some, fresh && next === 0);
        }
      },
    };
  };
  return Array.from({ length: count }, (_, i) => setAt(rowsBytes + i * setBytes));
}

/** Gives sets of arrays of zeros, each time another. Memory is taken for one, for two more, for four, ... */
export function makeRowKernel<Name extends string, Input extends string, Output extends string>(
  kernel: RowKernel<Name, Input, Output>,
  units: number,
): () => RowArrays<Name, Input, Output> {
  const spare: RowArrays<Name, Input, Output>[] = [];
  let count = 1;
  return () => {
    if (spare.length === 0) {
      spare.push(...makeSets(kernel, { units, count }));
      count *= 2;
    }
    return spare.shift()!;
  };
}
