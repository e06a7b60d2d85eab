import { readFile } from 'node:fs/promises';
import { inflateSync } from 'node:zlib';
import { FileError } from '../core/errors.js';
import { CLASSES, ELEMENTS, NUMBERS, TEXT } from './mat5-table.js';

/** A value of a MAT file; what this program has no use for is told by its class and not read. */
export type MatValue =
  | { readonly kind: 'numbers'; readonly shape: readonly number[]; readonly values: Float64Array } // column-major
  | { readonly kind: 'text'; readonly rows: readonly string[] }
  | {
      readonly kind: 'cell';
      readonly shape: readonly number[];
      readonly cells: readonly MatValue[];
    }
  | {
      readonly kind: 'struct';
      readonly shape: readonly number[];
      readonly elements: readonly MatStruct[];
    }
  | { readonly kind: 'unread'; readonly of: string };

export type MatStruct = ReadonlyMap<string, MatValue>;

/** Bytes of a file in its own order. */
interface Source {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly littleEndian: boolean;
}

interface Element {
  readonly type: number;
  readonly from: number;
  readonly size: number;
  /** Where the next element begins. */
  readonly next: number;
}

const HEADER = 128;
const COMPLEX = 0x0800;

/**
 * The variables of a MATLAB 5 MAT-file (`save -v6`, `save -v7`), compressed or not, either endianness:
 * real numbers of any type, text, cells, structs and old-style objects.
 * Source: MathWorks, MAT-File Format, R2024a, Level 5.
 * @throws FileError `file/not-mat5` for another version or format, `file/truncated`, `file/corrupt`
 */
export async function readMat5(path: string): Promise<ReadonlyMap<string, MatValue>> {
  const bytes = new Uint8Array(await readFile(path));
  const source = { ...sourceOf(bytes), littleEndian: endianness(bytes, path) };
  const variables = new Map<string, MatValue>();
  try {
    for (let at = HEADER; at + 8 <= bytes.length; ) {
      const element = elementAt(source, at);
      const [name, value] = variableOf(source, element);
      if (name !== '') variables.set(name, value);
      at = element.next;
    }
  } catch (cause) {
    throw damaged(path, cause);
  }
  return variables;
}

function variableOf(source: Source, element: Element): [string, MatValue] {
  if (element.type !== ELEMENTS.compressed) return matrix(source, element);
  const packed = source.bytes.subarray(element.from, element.from + element.size);
  const unpacked = { ...sourceOf(inflateSync(packed)), littleEndian: source.littleEndian };
  return matrix(unpacked, elementAt(unpacked, 0));
}

const sourceOf = (bytes: Uint8Array) => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
});

/** Bytes 126 and 127 spell MI, read as one number in the writer's order; bytes 124 and 125 the version. */
function endianness(bytes: Uint8Array, path: string): boolean {
  const mark = String.fromCharCode(...bytes.subarray(126, 128));
  const littleEndian = mark === 'IM';
  const version = littleEndian ? bytes[125] : bytes[124];
  if ((littleEndian || mark === 'MI') && version === 1) return littleEndian;
  const begins = String.fromCharCode(...bytes.subarray(0, 10));
  throw new FileError('not-mat5', {
    given: `${path}, which is ${begins === 'MATLAB 7.3' ? 'a MAT-file of version 7.3 (HDF5)' : 'no MAT-file of version 5'}`,
    expected: 'a MATLAB 5 MAT-file, as SPM writes SPM.mat',
    todo: "Load it in MATLAB or Octave and save it again with save(..., '-v6').",
  });
}

/** The element's tag; small ones hold up to four bytes in the tag itself. */
function elementAt({ view, bytes, littleEndian }: Source, at: number): Element {
  const first = view.getUint32(at, littleEndian);
  const small = first >>> 16;
  const element =
    small > 0
      ? { type: first & 0xffff, from: at + 4, size: small, next: at + 8 }
      : wideElement(first, at + 8, view.getUint32(at + 4, littleEndian));
  if (element.from + element.size > bytes.length)
    throw new RangeError(`an element of ${element.size} bytes at byte ${at} ends behind the file`);
  return element;
}

function wideElement(type: number, from: number, size: number): Element {
  const padding = type === ELEMENTS.compressed ? 0 : (8 - (size % 8)) % 8;
  return { type, from, size, next: from + size + padding };
}

function numbers({ view, littleEndian }: Source, { type, from, size }: Element): Float64Array {
  const format = NUMBERS.get(type);
  if (!format) throw new RangeError(`numbers of the unknown type ${type} at byte ${from}`);
  const [bytes, read] = format;
  const values = new Float64Array(size / bytes);
  for (let i = 0; i < values.length; i++) values[i] = read(view, from + i * bytes, littleEndian);
  return values;
}

/** One array with its name: flags, dimensions, name, and what its class asks for. */
function matrix(source: Source, element: Element): [string, MatValue] {
  if (element.type !== ELEMENTS.matrix)
    throw new RangeError(`an element of type ${element.type} where an array is expected`);
  if (element.size === 0) return ['', EMPTY];
  let at = element.from;
  const take = () => {
    const own = elementAt(source, at);
    at = own.next;
    return own;
  };
  const flags = source.view.getUint32(take().from, source.littleEndian);
  const sort = CLASSES.get(flags & 0xff);
  if (sort === undefined || sort === 'opaque' || sort === 'function')
    return ['', { kind: 'unread', of: sort ?? `class ${flags & 0xff}` }];
  const shape = [...numbers(source, take())];
  const name = textOf(source, take());
  const count = shape.reduce((product, size) => product * size, 1);
  const array = () => matrix(source, take())[1];
  const list = () => Array.from({ length: count }, array);
  if (sort === 'cell') return [name, { kind: 'cell', shape, cells: list() }];
  if (sort === 'struct' || sort === 'object') {
    if (sort === 'object') take(); // the name of the class
    const [length] = numbers(source, take());
    const names = take();
    const fields = Array.from({ length: names.size / length }, (_, f) =>
      fieldName(source, names.from + f * length, length),
    );
    const one = () => new Map(fields.map((field) => [field, array()]));
    return [name, { kind: 'struct', shape, elements: Array.from({ length: count }, one) }];
  }
  if (sort === 'sparse' || flags & COMPLEX)
    return [name, { kind: 'unread', of: sort === 'sparse' ? sort : 'complex' }];
  const stored = take();
  if (sort === 'char') return [name, { kind: 'text', rows: rowsOf(textOf(source, stored), shape) }];
  return [name, { kind: 'numbers', shape, values: numbers(source, stored) }];
}

const EMPTY: MatValue = { kind: 'numbers', shape: [0, 0], values: new Float64Array() };

function fieldName({ bytes }: Source, from: number, length: number): string {
  const own = bytes.subarray(from, from + length);
  const end = own.indexOf(0);
  return new TextDecoder('latin1').decode(own.subarray(0, end < 0 ? length : end));
}

function textOf(source: Source, element: Element): string {
  const encoding = TEXT.get(element.type);
  const { from, size } = element;
  if (encoding) return new TextDecoder(encoding).decode(source.bytes.subarray(from, from + size));
  return Array.from(numbers(source, element), (code) => String.fromCodePoint(code)).join('');
}

/** Characters lie column by column; blanks that only fill a row are taken off. */
function rowsOf(text: string, shape: readonly number[]): string[] {
  const characters = [...text];
  const [rows] = shape;
  return Array.from({ length: rows }, (_, r) =>
    characters
      .filter((_, i) => i % rows === r)
      .join('')
      .trimEnd(),
  );
}

function damaged(path: string, cause: unknown): unknown {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  if (!(cause instanceof RangeError) && !code.startsWith('Z_')) return cause;
  return new FileError('corrupt', {
    given: `${path}, which is damaged or cut off (${(cause as Error).message})`,
    expected: 'a whole MATLAB 5 MAT-file',
    todo: 'Copy or write it again.',
    cause,
  });
}
