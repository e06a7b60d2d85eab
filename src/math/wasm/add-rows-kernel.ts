import { type Instruction, type Kernel, moduleOf } from './module.js';

/** Units whose sums are in registers at once, two in each. */
const UNITS = 8;
const REGISTERS = ['a', 'b', 'c', 'd'];

/** Bytes of two units. */
const SUMS = 16;
const VALUES = 8;

/** Exponents of the alignments that loads and stores may count on. */
const ALIGNED = { sums: 3, values: 2 };

const get = (name: string): Instruction => ['local.get', name];
const grow = (name: string, by: Instruction): Instruction[] => [
  get(name),
  by,
  ['i32.add'],
  ['local.set', name],
];

/** Adds rows of float32 to sums in float64, each row in its turn; `end` is where the sums end. */
const KERNEL: Kernel = {
  parameters: ['sums', 'rows', 'count', 'stride', 'end'],
  locals: { row: 'i32', left: 'i32', a: 'v128', b: 'v128', c: 'v128', d: 'v128' },
  body: [
    ['loop'], // over units
    ...REGISTERS.flatMap((own, k): Instruction[] => [
      get('sums'),
      ['v128.load', ALIGNED.sums, k * SUMS],
      ['local.set', own],
    ]),
    get('rows'),
    ['local.set', 'row'],
    get('count'),
    ['local.set', 'left'],
    ['loop'], // over rows
    ...REGISTERS.flatMap((own, k): Instruction[] => [
      get(own),
      get('row'),
      ['v128.load64_zero', ALIGNED.values, k * VALUES],
      ['f64x2.promote_low_f32x4'],
      ['f64x2.add'],
      ['local.set', own],
    ]),
    ...grow('row', get('stride')),
    get('left'),
    ['i32.const', 1],
    ['i32.sub'],
    ['local.set', 'left'],
    get('left'),
    ['br_if', 0],
    ['end'],
    ...REGISTERS.flatMap((own, k): Instruction[] => [
      get('sums'),
      get(own),
      ['v128.store', ALIGNED.sums, k * SUMS],
    ]),
    ...grow('rows', ['i32.const', REGISTERS.length * VALUES]),
    ...grow('sums', ['i32.const', REGISTERS.length * SUMS]),
    get('sums'),
    get('end'),
    ['i32.lt_u'],
    ['br_if', 0],
    ['end'],
  ],
};

/** Where rows are added to sums: what both hold is written and read here. */
export interface RowAdder {
  readonly sums: Float64Array; // [units]
  readonly rows: readonly Float32Array[]; // [rows][units]
  /** Adds the first `count` rows to the sums of the first units, at least one of each. */
  add(count: number, units: number): void;
}

/** @param units a multiple of 8 */
export function makeRowAdder(rows: number, units: number): RowAdder {
  const bytes = { sums: 8 * units, row: 4 * units };
  const pages = Math.ceil((bytes.sums + rows * bytes.row) / 2 ** 16);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleOf(KERNEL, pages)));
  const { buffer } = exports.memory as WebAssembly.Memory;
  const run = exports.run as (...parameters: number[]) => void;
  return {
    sums: new Float64Array(buffer, 0, units),
    rows: Array.from(
      { length: rows },
      (_, i) => new Float32Array(buffer, bytes.sums + i * bytes.row, units),
    ),
    add: (count, some) => run(0, bytes.sums, count, bytes.row, 8 * UNITS * Math.ceil(some / UNITS)),
  };
}
