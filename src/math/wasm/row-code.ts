import { get, set, zero } from './instructions.js';
import type { Instruction, Kernel } from './module.js';

/** What is done with rows in their turn, unit by unit, in float64. */
export interface RowKernel<
  Name extends string = string,
  Input extends string = string,
  Output extends string = string,
> {
  /** Arrays of one number a unit. */
  readonly arrays: readonly Name[];
  /** Those of them that are written; the others are only read. */
  readonly written: readonly Name[];
  /** What a row consists of: numbers of each unit, of one type. */
  readonly inputs: readonly Input[];
  readonly type: 'float32' | 'float64';
  /** Numbers that a row has besides, each the same for all units. */
  readonly numbers?: readonly string[];
  /** What is made of a row, in float64. */
  readonly outputs: readonly Output[];
  /** Instructions with the arrays, inputs, numbers and outputs as locals. */
  readonly body: readonly Instruction[];
}

/** Registers of each array, of two units each. */
const REGISTERS = [0, 1];
/** Units whose numbers are in registers together. */
export const UNITS_TOGETHER = 2 * REGISTERS.length;

/** Bytes of a double, of two, and of an address. */
const DOUBLE = 8;
const DOUBLES = 16;
const ADDRESS = 4;

/** Exponents of the alignment that loads and stores may count on. */
const ALIGNED = { address: 2, float64: 3 };

/** How the numbers of two units are loaded as doubles, from an address and an offset. */
const TYPES = {
  float32: {
    pair: 8,
    load: (offset: number): Instruction[] => [
      ['v128.load64_zero', 2, offset],
      ['f64x2.promote_low_f32x4'],
    ],
  },
  float64: {
    pair: DOUBLES,
    load: (offset: number): Instruction[] => [['v128.load', ALIGNED.float64, offset]],
  },
} as const;

const grow = (name: string, by: number): Instruction[] => [
  ...[get(name), ['i32.const', by] as const],
  ['i32.add'],
  set(name),
];

/** An address of a table, from where one of its rows is. */
const addressAt = (row: string, index: number): Instruction[] => [
  get(row),
  ['i32.load', ALIGNED.address, ADDRESS * index],
];

const sum = (a: string, b: string): Instruction[] => [get(a), get(b), ['i32.add']];

/**
 * The loops over units, whose numbers stay in registers, and over rows. Addresses are in a `table`: of each
 * array, and then of each row's inputs and outputs; rows' `numbers` are one row's after the other's. The
 * first `bytes` of arrays are done, in steps of UNITS_TOGETHER units.
 */
export function codeOf(kernel: RowKernel): Kernel {
  const { arrays, written, inputs, numbers = [], outputs, type, body } = kernel;
  const { pair, load: loadInput } = TYPES[type];
  const register = (name: string, k: number) => `${name} ${k}`;
  const from = (name: string) => `${name} from`;
  const own = (k: number) => (instruction: Instruction) => {
    const [operation, ...operands] = instruction;
    const isArray = (name: unknown) => (arrays as readonly unknown[]).includes(name);
    return [
      operation,
      ...operands.map((name) => (isArray(name) ? register(name as string, k) : name)),
    ] as Instruction;
  };
  const each = (names: readonly string[], of: (name: string, k: number) => Instruction[]) =>
    names.flatMap((name) => REGISTERS.flatMap((k) => of(name, k)));
  const load = (name: string, k: number): Instruction[] => [
    ...sum(from(name), 'at'),
    ['v128.load', ALIGNED.float64, k * DOUBLES],
    set(register(name, k)),
  ];
  const store = (name: string, k: number): Instruction[] => [
    ...[...sum(from(name), 'at'), get(register(name, k))],
    ['v128.store', ALIGNED.float64, k * DOUBLES],
  ];
  const find = (names: readonly string[], at: string, first: number): Instruction[] =>
    names.flatMap((name, i) => [
      ...[...addressAt('row at', first + i), get(at)],
      ['i32.add'] as const,
      set(from(name)),
    ]);
  const take = (k: number) => (name: string) => [
    ...[get(from(name)), ...loadInput(k * pair)],
    set(name),
  ];
  const give = (k: number) => (name: string) => [
    ...[get(from(name)), get(name)],
    ['v128.store', ALIGNED.float64, k * DOUBLES] as const,
  ];
  const read = arrays.filter((name) => !written.includes(name));
  const named = (names: readonly string[], local: 'i32' | 'v128') =>
    Object.fromEntries(names.map((name) => [name, local]));
  return {
    parameters: ['table', 'numbers', 'count', 'bytes', 'fresh'],
    locals: {
      ...named(['at', 'inputs at', 'row at', 'numbers at', 'rows left'], 'i32'),
      ...named([...arrays, ...inputs, ...outputs].map(from), 'i32'),
      ...named([...inputs, ...numbers, ...outputs], 'v128'),
      ...named(
        REGISTERS.flatMap((k) => arrays.map((name) => register(name, k))),
        'v128',
      ),
    },
    body: [
      ...arrays.flatMap((name, i) => [...addressAt('table', i), set(from(name))]),
      ['loop'], // over units
      ...each(read, load),
      ...each(written, (name, k) => [zero, set(register(name, k))]),
      ['block'],
      ...[get('fresh'), ['br_if', 0] as const],
      ...each(written, load),
      ['end'],
      ...[
        get('table'),
        set('row at'),
        get('numbers'),
        set('numbers at'),
        get('count'),
        set('rows left'),
      ],
      ...grow('row at', ADDRESS * arrays.length),
      ['loop'], // over rows
      ...find(inputs, 'inputs at', 0),
      ...find(outputs, 'at', inputs.length),
      ...numbers.flatMap((name, i) => [
        ...[get('numbers at'), ['v128.load64_splat', ALIGNED.float64, DOUBLE * i] as const],
        set(name),
      ]),
      ...REGISTERS.flatMap((k): Instruction[] => [
        ...inputs.flatMap(take(k)),
        ...body.map(own(k)),
        ...outputs.flatMap(give(k)),
      ]),
      ...grow('row at', ADDRESS * (inputs.length + outputs.length)),
      ...grow('numbers at', DOUBLE * numbers.length),
      get('rows left'),
      ['i32.const', 1],
      ['i32.sub'],
      ['local.tee', 'rows left'],
      ['br_if', 0],
      ['end'],
      ...each(written, store),
      ...grow('inputs at', REGISTERS.length * pair),
      ...grow('at', REGISTERS.length * DOUBLES),
      ...[get('at'), get('bytes')],
      ['i32.lt_u'],
      ['br_if', 0],
      ['end'],
    ],
  };
}
