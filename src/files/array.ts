import { FileError } from '../core/errors.js';

/** Two dimensions of numbers, read as float32: rows are volumes, columns units. */
export interface ArrayTable {
  readonly rows: number;
  readonly columns: number;
  /** The values of the rows from `first` to before `end`; float64 is rounded. // [end - first, columns] */
  read(first: number, end: number): Promise<Float32Array>;
}

/** A file's array as its header describes it. */
export interface ArrayLayout {
  readonly shape: readonly number[];
  readonly dtype: ArrayDtype;
  readonly fortran: boolean;
  readonly littleEndian: boolean;
}

export const ARRAY_DTYPES = { float16: 2, bfloat16: 2, float32: 4, float64: 8, uint8: 1 } as const;
export type ArrayDtype = keyof typeof ARRAY_DTYPES;

/** Where an array's bytes are: `length` of them from `position` on, 0 the first value's. */
export type ReadBytes = (position: number, length: number) => Promise<Uint8Array>;

/**
 * Rows of an array. One dimension is a single column. An array in Fortran order is gathered column by
 * column.
 * @throws FileError `file/array-shape`
 */
export function arrayTable(layout: ArrayLayout, bytes: ReadBytes, name: string): ArrayTable {
  const { shape, dtype, fortran, littleEndian } = layout;
  const [rows, columns = 1] = shape;
  if (shape.length < 1 || shape.length > 2 || !(rows > 0) || !(columns > 0)) {
    throw new FileError('array-shape', {
      given: `${name}, of the shape (${shape.join(', ')})`,
      expected: 'one row a volume and one column a unit, at least one of each',
      todo: 'Reshape it to two dimensions: (volumes, units).',
    });
  }
  const size = ARRAY_DTYPES[dtype];
  const values = async (from: number, count: number) =>
    toFloat32(await bytes(from * size, count * size), dtype, littleEndian);
  const read = async (first: number, end: number) => {
    if (!fortran || columns === 1) return values(first * columns, (end - first) * columns);
    const out = new Float32Array((end - first) * columns);
    for (let c = 0; c < columns; c++) {
      const column = await values(c * rows + first, end - first);
      column.forEach((value, r) => {
        out[r * columns + c] = value;
      });
    }
    return out;
  };
  return { rows, columns, read };
}

/** Numbers of an array's bytes. float16 and bfloat16 widen exactly. */
function toFloat32(bytes: Uint8Array, dtype: ArrayDtype, littleEndian: boolean): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Float32Array(bytes.length / ARRAY_DTYPES[dtype]);
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < out.length; i++) {
    if (dtype === 'float32') bits[i] = view.getUint32(4 * i, littleEndian);
    else if (dtype === 'float64') out[i] = view.getFloat64(8 * i, littleEndian);
    else if (dtype === 'uint8') out[i] = bytes[i];
    else if (dtype === 'bfloat16') bits[i] = view.getUint16(2 * i, littleEndian) << 16;
    else out[i] = halfToNumber(view.getUint16(2 * i, littleEndian));
  }
  return out;
}

/** IEEE 754 binary16. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
