import type { MatStruct, MatValue } from '../../files/mat5.js';

/** Types of data elements. Source: MathWorks, MAT-File Format, R2024a, Level 5, table 1-1. */
const TYPES = { int8: 1, uint16: 4, int32: 5, uint32: 6, double: 9, matrix: 14 } as const;

/** Classes of arrays (the same source, table 1-3). */
const CLASSES = { cell: 1, struct: 2, text: 4, numbers: 6 } as const;

const HEADER = { bytes: 128, text: 116, version: 0x0100, version_at: 124, order_at: 126 } as const;
const WHO = 'MATLAB 5.0 MAT-file, written by boldbridge';

/** A field name may have 31 characters and the zero behind them. */
const FIELD_NAME = 32;

/** Values that can be written. */
type Writable = Exclude<MatValue, { readonly kind: 'unread' }>;

/** A row of texts as a 1 x n cell array, the form in which SPM wants names. */
export const textCell = (texts: readonly string[]): MatValue =>
  cell(texts.map((text) => ({ kind: 'text', rows: [text] })));

/** A 1 x n cell array. */
export const cell = (cells: readonly MatValue[]): MatValue => ({
  kind: 'cell',
  shape: [1, cells.length],
  cells,
});

/** One row of numbers, as doubles. */
export const row = (values: readonly number[]): MatValue => ({
  kind: 'numbers',
  shape: [1, values.length],
  values: Float64Array.from(values),
});

/**
 * A MATLAB 5 MAT-file of these variables: uncompressed, little-endian, without a date, so that the same
 * values give the same bytes. Numbers are doubles, text is UTF-16. Structs need the same fields in each
 * element. Octave, scipy and MATLAB read it.
 * Source: MathWorks, MAT-File Format, R2024a, Level 5.
 */
export function encodeMatFile(variables: Readonly<Record<string, MatValue>>): Uint8Array {
  const header = new Uint8Array(HEADER.bytes).fill(0x20, 0, HEADER.text); // blanks; then zeros
  header.set(new TextEncoder().encode(WHO));
  const view = new DataView(header.buffer);
  view.setUint16(HEADER.version_at, HEADER.version, true);
  header.set(new TextEncoder().encode('IM'), HEADER.order_at);
  const arrays = Object.entries(variables).map(([name, value]) => array(name, value));
  return joined([header, ...arrays]);
}

/** An element: its tag, its bytes, zeros up to a multiple of 8; one to four bytes lie in the tag. */
function element(type: number, bytes: Uint8Array): Uint8Array {
  const isSmall = bytes.length > 0 && bytes.length <= 4;
  const whole = new Uint8Array(isSmall ? 8 : 8 + Math.ceil(bytes.length / 8) * 8);
  const view = new DataView(whole.buffer);
  view.setUint32(0, isSmall ? (bytes.length << 16) | type : type, true);
  if (!isSmall) view.setUint32(4, bytes.length, true);
  whole.set(bytes, isSmall ? 4 : 8);
  return whole;
}

/** One array: flags, dimensions, name, and what its class asks for. */
function array(name: string, value: MatValue): Uint8Array {
  if (value.kind === 'unread')
    throw new TypeError(`${name}: a value that was not read (${value.of})`);
  return element(
    TYPES.matrix,
    joined([
      element(TYPES.uint32, uint32([CLASSES[value.kind], 0])),
      element(TYPES.int32, uint32(shapeOf(value))),
      element(TYPES.int8, new TextEncoder().encode(name)),
      ...contents(value),
    ]),
  );
}

/** A text is one row of its UTF-16 code units. */
const shapeOf = (value: Writable): readonly number[] =>
  value.kind === 'text' ? [1, value.rows.join('').length] : value.shape;

function contents(value: Writable): Uint8Array[] {
  switch (value.kind) {
    case 'numbers':
      return [element(TYPES.double, numbers(value.values))];
    case 'text':
      return [element(TYPES.uint16, codeUnits(value.rows.join('')))];
    case 'cell':
      return value.cells.map((own) => array('', own));
    case 'struct':
      return structOf(value.elements);
  }
}

function structOf(elements: readonly MatStruct[]): Uint8Array[] {
  const fields = [...(elements[0]?.keys() ?? [])];
  const names = new Uint8Array(fields.length * FIELD_NAME);
  fields.forEach((field, f) => {
    names.set(new TextEncoder().encode(field), f * FIELD_NAME);
  });
  return [
    element(TYPES.int32, uint32([FIELD_NAME])),
    element(TYPES.int8, names),
    ...elements.flatMap((own) => fields.map((field) => array('', own.get(field) ?? row([])))),
  ];
}

/** Whole numbers of 0 or more are the same bytes signed or not. */
function uint32(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => {
    view.setUint32(4 * i, value, true);
  });
  return new Uint8Array(view.buffer);
}

function numbers(values: Float64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => {
    view.setFloat64(8 * i, value, true);
  });
  return new Uint8Array(view.buffer);
}

function codeUnits(text: string): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), true);
  return new Uint8Array(view.buffer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
