import { DTYPES, type DtypeName } from '../../src/image/dtype.js';
import { encodeHeader } from '../../src/image/image-header.js';
import { makeRandom } from '../../src/math/random.js';

export interface Made {
  readonly dtype: DtypeName;
  readonly big?: boolean;
  readonly volumes?: number;
  readonly slope?: number;
  readonly inter?: number;
  /** Bytes of an extension between header and data. */
  readonly extension?: number;
}

export const SHAPE = [5, 4, 3] as const;

/** A NIfTI file of random voxels, little- or big-endian; integers cover their type's whole range. */
export function makeNifti({
  dtype,
  big = false,
  volumes = 6,
  slope,
  inter,
  extension = 0,
}: Made): Uint8Array {
  const random = makeRandom(dtype.length + volumes);
  const { bytes, view } = DTYPES[dtype];
  const time = volumes > 1 ? { time: { volumes, repetitionTime: 2 } } : {};
  const identity = [
    [2, 0, 0, 0],
    [0, 2, 0, 0],
    [0, 0, 2, 0],
  ] as const;
  const header = encodeHeader({ shape: SHAPE, affine: identity, dtype, ...time });
  const fields = new DataView(header.buffer);
  fields.setFloat32(108, 352 + extension, true);
  if (slope !== undefined) fields.setFloat32(112, slope, true);
  if (inter !== undefined) fields.setFloat32(116, inter, true);
  if (extension) header[348] = 1;
  const data = new ArrayBuffer(5 * 4 * 3 * volumes * bytes);
  const voxels = view(data);
  const scale = dtype.startsWith('float') ? 1e6 : 2 ** (8 * bytes);
  const lowest = dtype.startsWith('u') ? 0 : scale / 2;
  voxels.forEach((_, i) => {
    voxels[i] = random.uniform() * scale - lowest;
  });
  const filler = new Uint8Array(extension);
  if (extension) new DataView(filler.buffer).setInt32(0, extension, !big);
  if (big) swapHeader(header);
  const body = Buffer.from(data);
  if (big && bytes === 2) body.swap16();
  if (big && bytes === 4) body.swap32();
  if (big && bytes === 8) body.swap64();
  return Buffer.concat([header, filler, body]);
}

function swapHeader(header: Uint8Array): void {
  const part = (from: number, to: number) => Buffer.from(header.buffer, from, to - from);
  part(0, 4).swap32();
  part(40, 56).swap16();
  part(56, 68).swap32();
  part(68, 76).swap16();
  part(76, 120).swap32();
  part(120, 122).swap16();
  part(124, 148).swap32();
  part(252, 256).swap16();
  part(256, 328).swap32();
}
