import { FileError } from '../core/errors.js';

type Voxels =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** A NIfTI data type that can be read. */
export interface Dtype {
  readonly name: string;
  /** NIfTI's `datatype`. */
  readonly code: number;
  readonly bytes: number;
  /** Whether float32 holds every value. */
  readonly fitsFloat32: boolean;
  readonly view: (buffer: ArrayBuffer) => Voxels;
}

/** Codes from nifti1.h. */
export const DTYPES = {
  uint8: row('uint8', 2, 1, true, (b) => new Uint8Array(b)),
  int8: row('int8', 256, 1, true, (b) => new Int8Array(b)),
  int16: row('int16', 4, 2, true, (b) => new Int16Array(b)),
  uint16: row('uint16', 512, 2, true, (b) => new Uint16Array(b)),
  int32: row('int32', 8, 4, false, (b) => new Int32Array(b)),
  uint32: row('uint32', 768, 4, false, (b) => new Uint32Array(b)),
  float32: row('float32', 16, 4, true, (b) => new Float32Array(b)),
  float64: row('float64', 64, 8, false, (b) => new Float64Array(b)),
} as const;

export type DtypeName = keyof typeof DTYPES;

const UNSUPPORTED: Readonly<Record<number, string>> = {
  0: 'unknown',
  1: 'binary',
  32: 'complex64',
  128: 'RGB24',
  1024: 'int64',
  1280: 'uint64',
  1536: 'float128',
  1792: 'complex128',
  2048: 'complex256',
  2304: 'RGBA32',
};

function row(
  name: string,
  code: number,
  bytes: number,
  fitsFloat32: boolean,
  view: Dtype['view'],
): Dtype {
  return { name, code, bytes, fitsFloat32, view };
}

/**
 * The data type with NIfTI's code.
 * @throws FileError `file/unsupported-dtype` naming the type; none is ever assumed.
 */
export function dtypeOfCode(code: number, path: string): Dtype {
  const found = Object.values(DTYPES).find((dtype) => dtype.code === code);
  if (found) return found;
  throw new FileError('unsupported-dtype', {
    given: `${path}, whose voxels are ${UNSUPPORTED[code] ?? 'of an undefined type'} (datatype ${code})`,
    expected: `one of ${Object.keys(DTYPES).join(', ')}`,
    todo: 'Convert the image, for example with nibabel to float32.',
  });
}
