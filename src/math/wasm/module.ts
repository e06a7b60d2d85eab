/**
 * WebAssembly modules of one function over a memory that is given, as much of the binary format as kernels need.
 * Source: WebAssembly Core Specification 2.0, chapter 5 (binary format); instructions in 5.4.
 */

/** Instructions: the bytes of each, and how what follows it is written. */
const INSTRUCTIONS = {
  block: [0x02, 0x40], // of no result
  loop: [0x03, 0x40],
  end: [0x0b],
  br_if: [0x0d],
  'local.get': [0x20],
  'local.set': [0x21],
  'local.tee': [0x22],
  'i32.load': [0x28],
  'i32.const': [0x41],
  'i32.lt_u': [0x49],
  'i32.add': [0x6a],
  'i32.sub': [0x6b],
  'v128.load': [0xfd, 0x00],
  'v128.load64_splat': [0xfd, 0x0a],
  'v128.load64_zero': [0xfd, 0x5d],
  'v128.store': [0xfd, 0x0b],
  'v128.const': [0xfd, 0x0c], // and its 16 bytes
  'f64x2.promote_low_f32x4': [0xfd, 0x5f],
  'f64x2.add': [0xfd, 0xf0, 0x01],
  'f64x2.sub': [0xfd, 0xf1, 0x01],
  'f64x2.mul': [0xfd, 0xf2, 0x01],
} as const;

const TYPES = { i32: 0x7f, v128: 0x7b } as const;

/** An instruction and what follows it: a local by name, or non-negative numbers. */
export type Instruction = readonly [keyof typeof INSTRUCTIONS, ...(string | number)[]];

/** A function that returns nothing. */
export interface Kernel {
  /** All i32. */
  readonly parameters: readonly string[];
  readonly locals: Readonly<Record<string, keyof typeof TYPES>>;
  readonly body: readonly Instruction[];
}

/** A non-negative integer in LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 0x80, ...unsigned(Math.floor(value / 128))];
}

/** The same where a sign is read: the last byte's bit 6 stays clear. */
function signed(value: number): number[] {
  return value < 64 ? [value] : [(value % 128) | 0x80, ...signed(Math.floor(value / 128))];
}

const counted = (items: readonly number[][]) => [...unsigned(items.length), ...items.flat()];
const sized = (bytes: readonly number[]) => [...unsigned(bytes.length), ...bytes];
const named = (name: string) => sized([...new TextEncoder().encode(name)]);
const section = (id: number, items: readonly number[][]) => [id, ...sized(counted(items))];

function encode([name, ...operands]: Instruction, locals: readonly string[]): number[] {
  const numbers = operands.map((own) => (typeof own === 'string' ? locals.indexOf(own) : own));
  const write = name === 'i32.const' ? signed : unsigned;
  return [...INSTRUCTIONS[name], ...numbers.flatMap(write)];
}

/** A module that exports `run`, the kernel, and imports `memory` of `kernel`. */
export function moduleOf({ parameters, locals, body }: Kernel): Uint8Array<ArrayBuffer> {
  const names = [...parameters, ...Object.keys(locals)];
  const declared = Object.values(locals).map((type) => [1, TYPES[type]]);
  const code = [...body, ['end'] as const].flatMap((own) => encode(own, names));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // magic, version
    ...section(1, [[0x60, ...counted(parameters.map(() => [TYPES.i32])), 0]]), // types
    ...section(2, [[...named('kernel'), ...named('memory'), 2, 0, 0]]), // imports: of no pages at least
    ...section(3, [[0]]), // functions
    ...section(7, [[...named('run'), 0, 0]]), // exports
    ...section(10, [sized([...counted(declared), ...code])]), // code
  ]);
}
