import { DataError } from '../core/errors.js';
import type { Affine } from '../core/grid.js';
import { voxelSizes } from './affine.js';
import { DTYPES, type DtypeName } from './dtype.js';
import { encodeFields, HEADER_BYTES } from './header-table.js';
import { qformOf } from './quaternion.js';

/** What a written image's header says. */
export interface ImageHeader {
  readonly shape: readonly [number, number, number];
  readonly affine: Affine;
  readonly dtype: DtypeName;
  /** value = slope x stored; 1 by default. */
  readonly slope?: number;
  /** Absent for a 3-D map. */
  readonly time?: { readonly volumes: number; readonly repetitionTime: number };
}

const LARGEST = 32767; // dim[] is int16
const MILLIMETRES_AND_SECONDS = 2 + 8;
const SCANNER = 1; // xform code: some scanner's own space, no standard brain

/**
 * A NIfTI-1 header: no intercept, little-endian, no intent, qform equal to sform (qform code 0 where
 * shear makes a qform inexpressible). Repetition time in seconds, sizes in millimetres.
 * @throws DataError `data/too-large-for-nifti` if a dimension exceeds 32,767.
 */
export function encodeHeader({ shape, affine, dtype, slope = 1, time }: ImageHeader): Uint8Array {
  const dim = time ? [...shape, time.volumes] : shape;
  if (dim.some((size) => size > LARGEST)) throw tooLarge(dim);
  const { code, bytes } = DTYPES[dtype];
  const qform = qformOf(affine);
  return encodeFields({
    sizeof_hdr: [348],
    regular: 'r',
    dim: [dim.length, ...dim, ...Array(7 - dim.length).fill(1)],
    datatype: [code],
    bitpix: [bytes * 8],
    pixdim: [qform?.qfac ?? 1, ...voxelSizes(affine), time?.repetitionTime ?? 0],
    vox_offset: [HEADER_BYTES],
    scl_slope: [slope],
    scl_inter: [0],
    xyzt_units: [MILLIMETRES_AND_SECONDS],
    descrip: 'boldbridge',
    qform_code: [qform ? SCANNER : 0],
    sform_code: [SCANNER],
    ...(qform && { quatern: qform.quatern, qoffset: qform.qoffset }),
    srow: affine.flat(),
    magic: 'n+1',
  });
}

function tooLarge(dim: readonly number[]): DataError {
  return new DataError('too-large-for-nifti', {
    given: `An image of ${dim.join(' x ')}`,
    expected: `at most ${LARGEST} along each dimension, NIfTI-1's limit`,
    todo: 'Record fewer modules, or split the run into several.',
  });
}
