/** Types of data elements. Source: MathWorks, MAT-File Format, R2024a, table 1-1. */
export const ELEMENTS = { matrix: 14, compressed: 15 } as const;

type Read = (view: DataView, at: number, littleEndian: boolean) => number;

/** Types of numbers: bytes of one, and how it is read. */
export const NUMBERS: ReadonlyMap<number, readonly [bytes: number, read: Read]> = new Map<
  number,
  readonly [number, Read]
>([
  [1, [1, (view, at) => view.getInt8(at)]],
  [2, [1, (view, at) => view.getUint8(at)]],
  [3, [2, (view, at, little) => view.getInt16(at, little)]],
  [4, [2, (view, at, little) => view.getUint16(at, little)]],
  [5, [4, (view, at, little) => view.getInt32(at, little)]],
  [6, [4, (view, at, little) => view.getUint32(at, little)]],
  [7, [4, (view, at, little) => view.getFloat32(at, little)]],
  [9, [8, (view, at, little) => view.getFloat64(at, little)]],
  [12, [8, (view, at, little) => Number(view.getBigInt64(at, little))]],
  [13, [8, (view, at, little) => Number(view.getBigUint64(at, little))]],
  [17, [2, (view, at, little) => view.getUint16(at, little)]], // UTF-16
  [18, [4, (view, at, little) => view.getUint32(at, little)]], // UTF-32
]);

/** Types of text that are no numbers of characters. */
export const TEXT: ReadonlyMap<number, string> = new Map([
  [1, 'latin1'],
  [2, 'latin1'],
  [16, 'utf-8'],
]);

/** Classes of arrays (the same source, table 1-3); the numeric ones need no name of their own. */
export const CLASSES: ReadonlyMap<number, string> = new Map([
  [1, 'cell'],
  [2, 'struct'],
  [3, 'object'],
  [4, 'char'],
  [5, 'sparse'],
  ...Array.from({ length: 10 }, (_, i) => [i + 6, 'numeric'] as const),
  [16, 'function'],
  [17, 'opaque'],
]);
