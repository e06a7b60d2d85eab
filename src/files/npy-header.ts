import { FileError } from '../core/errors.js';
import type { ArrayDtype, ArrayLayout } from './array.js';

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
const DTYPES: Readonly<Record<string, ArrayDtype>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
};
/** Longest header that is read; numpy's own of two dimensions have 128 bytes. */
export const NPY_HEADER_LIMIT = 1 << 16;

/**
 * An .npy file's header, formats 1.0 to 3.0, and where its values begin.
 * Source: numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
 * @param start the file's first bytes, NPY_HEADER_LIMIT of them or all
 * @throws FileError `file/not-npy`, `file/npy-version`, `file/npy-dtype`, `file/npy-shape`
 */
export function parseNpyHeader(
  start: Uint8Array,
  name: string,
): ArrayLayout & { readonly offset: number } {
  const bytes = Buffer.from(start.buffer, start.byteOffset, start.byteLength);
  const refuse = (fault: string, given: string) =>
    new FileError(fault, {
      given: `${name}, ${given}`,
      expected: 'an .npy array of float16, float32 or float64',
      todo: "Save it with numpy.save(path, array.astype('float32')).",
    });
  if (bytes.length < 12 || !bytes.subarray(0, 6).equals(MAGIC)) {
    throw refuse('not-npy', 'which is no .npy file');
  }
  const version = bytes[6];
  if (!(version >= 1 && version <= 3)) {
    throw refuse('npy-version', `which has the .npy format ${version}.${bytes[7]}`);
  }
  const offset = version === 1 ? 10 + bytes.readUInt16LE(8) : 12 + bytes.readUInt32LE(8);
  if (offset > bytes.length) throw refuse('not-npy', 'whose header is cut off or too long');
  const dict = bytes.toString('latin1', version === 1 ? 10 : 12, offset);
  const [, order, kind] = /'descr':\s*'([<>|=])([^']*)'/.exec(dict) ?? [];
  const dtype = kind !== undefined && Object.hasOwn(DTYPES, kind) ? DTYPES[kind] : undefined;
  if (!dtype || !(order === '<' || order === '>')) {
    const [, descr = 'structured or not given'] = /'descr':\s*'([^']*)'/.exec(dict) ?? [];
    throw refuse('npy-dtype', `whose dtype is ${descr}`);
  }
  const [, sizes] = /'shape':\s*\(([\d,\s]*)\)/.exec(dict) ?? [];
  const [, fortran] = /'fortran_order':\s*(True|False)/.exec(dict) ?? [];
  if (sizes === undefined || fortran === undefined) throw refuse('npy-shape', 'without a shape');
  const shape = sizes.split(',').flatMap((size) => (size.trim() ? [Number(size)] : []));
  if (!shape.every(Number.isSafeInteger)) throw refuse('npy-shape', `of the shape (${sizes})`);
  return { shape, dtype, fortran: fortran === 'True', littleEndian: order === '<', offset };
}
