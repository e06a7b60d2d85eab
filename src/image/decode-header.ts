import { isNIFTI, type NIFTI1, type NIFTI2, readHeader } from 'nifti-reader-js';
import { FileError } from '../core/errors.js';
import type { Affine } from '../core/grid.js';
import { type Dtype, dtypeOfCode } from './dtype.js';
import { HEADER_TABLE } from './header-table.js';
import { affineOfQform } from './quaternion.js';

/** An image file's header, as far as this program uses it. */
export interface NiftiHeader {
  readonly shape: readonly [number, number, number];
  /** 1 for a 3-D map. The fifth dimension stands in where only it is longer than 1 (AFNI's buckets). */
  readonly volumes: number;
  readonly affine: Affine;
  /** Seconds; null where the file has no time axis or does not say its unit. */
  readonly repetitionTime: number | null;
  readonly dtype: Dtype;
  readonly littleEndian: boolean;
  /** value = slope x stored + inter. */
  readonly slope: number;
  readonly inter: number;
  /** Byte offset of the first voxel. */
  readonly offset: number;
}

type Parsed = NIFTI1 | NIFTI2;

/**
 * Reads the header (NIfTI-1 or 2, either endianness) from a file's first 540 bytes.
 * @throws FileError `file/not-nifti`, `file/unsupported-dtype`, `file/bad-dimensions`.
 */
export function decodeHeader(start: Uint8Array, path: string): NiftiHeader {
  const header = parse(start, path);
  const [shape, volumes] = shapeOf(header.dims, path);
  const unscaled = !Number.isFinite(header.scl_slope) || header.scl_slope === 0;
  return {
    shape,
    volumes,
    affine: affineOf(header, start),
    repetitionTime: secondsOf(header.pixDims[4], header.xyzt_units),
    dtype: dtypeOfCode(header.datatypeCode, path),
    littleEndian: header.littleEndian,
    slope: unscaled ? 1 : header.scl_slope,
    inter: unscaled || !Number.isFinite(header.scl_inter) ? 0 : header.scl_inter,
    offset: header.vox_offset,
  };
}

function parse(start: Uint8Array, path: string): Parsed {
  const bytes = new Uint8Array(start).buffer;
  try {
    if (!isNIFTI(bytes)) throw new Error('the magic number is missing');
    // Cut behind the header proper, so that extensions, which are not needed, are not parsed.
    const second = new DataView(bytes).getUint8(4) === 0x6e; // NIfTI-2's magic starts at byte 4
    return readHeader(bytes.slice(0, second ? 540 : 348));
  } catch (cause) {
    throw new FileError('not-nifti', {
      given: `${path}, which is not a NIfTI image`,
      expected: 'a NIfTI-1 or NIfTI-2 file, .nii or .nii.gz',
      todo: 'Check the path; convert .hdr/.img pairs to a single .nii file first.',
      cause,
    });
  }
}

function shapeOf(dims: readonly number[], path: string): [[number, number, number], number] {
  const sizes = dims.slice(1, 1 + dims[0]);
  const [x, y, z, ...rest] = sizes;
  const series = rest.filter((size) => size !== 1);
  if (
    sizes.length < 3 ||
    sizes.length > 7 ||
    series.length > 1 ||
    sizes.some((size) => !(size > 0))
  ) {
    throw new FileError('bad-dimensions', {
      given: `${path} with the dimensions ${sizes.join(' x ') || 'none'}`,
      expected: 'a 3-D map or a 4-D series',
      todo: 'Reshape the image.',
    });
  }
  return [[x, y, z], series[0] ?? 1];
}

/** Seconds; a unit that is not a time's is not guessed at. */
function secondsOf(value: number, units: number): number | null {
  const scale = { 8: 1, 16: 1e-3, 24: 1e-6 }[units & 0x38];
  return scale === undefined || !(value > 0) ? null : value * scale;
}

/** The sform where its code is set, else the qform, else voxel sizes alone (nifti1.h, method 1). */
function affineOf(header: Parsed, start: Uint8Array): Affine {
  if (header.sform_code > 0) return sformOf(header, start);
  const sizes = header.pixDims.slice(1, 4);
  const placed = header.qform_code > 0;
  return affineOfQform(
    {
      quatern: placed ? [header.quatern_b, header.quatern_c, header.quatern_d] : [0, 0, 0],
      qfac: placed && header.pixDims[0] < 0 ? -1 : 1,
      qoffset: placed ? [header.qoffset_x, header.qoffset_y, header.qoffset_z] : [0, 0, 0],
    },
    sizes,
  );
}

/** From the bytes: the reader replaces the sform of a NIfTI-1 file by a qform with a higher code. */
function sformOf(header: Parsed, start: Uint8Array): Affine {
  const second = start[4] === 0x6e;
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const from = second ? 400 : HEADER_TABLE.find(([, , , name]) => name === 'srow')![0];
  const at = (index: number) =>
    second
      ? view.getFloat64(from + index * 8, header.littleEndian)
      : view.getFloat32(from + index * 4, header.littleEndian);
  const row = (r: number) => [at(r), at(r + 1), at(r + 2), at(r + 3)] as const;
  return [row(0), row(4), row(8)];
}
