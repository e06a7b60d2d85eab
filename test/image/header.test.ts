import { readHeader } from 'nifti-reader-js';
import { expect, test } from 'vitest';
import type { Affine } from '../../src/core/grid.js';
import { decodeHeader } from '../../src/image/decode-header.js';
import { encodeFields, HEADER_TABLE } from '../../src/image/header-table.js';
import { encodeHeader } from '../../src/image/image-header.js';

const PLUMB: Affine = [
  [2, 0, 0, -9],
  [0, 2, 0, -7],
  [0, 0, 2, -3],
];
const OBLIQUE: Affine = [
  [-1.5 * Math.cos(0.3), -2 * Math.sin(0.3), 0, 10],
  [-1.5 * Math.sin(0.3), 2 * Math.cos(0.3), 0, -20.5],
  [0, 0, 3, 7],
];
const bold = {
  shape: [10, 8, 4],
  affine: PLUMB,
  dtype: 'float32',
  time: { volumes: 6, repetitionTime: 0.75 },
} as const;

test('the table covers the header without gaps or overlaps', () => {
  const sizes = { uint8: 1, int16: 2, int32: 4, float32: 4, text: 1 };
  let end = 0;
  for (const [offset, type, count] of HEADER_TABLE) {
    expect(offset).toBe(end);
    end = offset + sizes[type] * count;
  }
  expect(end).toBe(352);
});

test('an independent reader finds what was written', () => {
  const header = readHeader(new Uint8Array(encodeHeader(bold)).buffer);
  expect(header.dims).toEqual([4, 10, 8, 4, 6, 1, 1, 1]);
  expect(header.pixDims.slice(0, 5)).toEqual([1, 2, 2, 2, 0.75]);
  expect(header.affine.slice(0, 3)).toEqual(PLUMB);
  expect([header.qform_code, header.sform_code]).toEqual([1, 1]);
  expect([header.scl_slope, header.scl_inter, header.vox_offset]).toEqual([1, 0, 352]);
  expect([header.datatypeCode, header.numBitsPerVoxel, header.intent_code]).toEqual([16, 32, 0]);
  expect(header.xyzt_units).toBe(10);
  expect(header.littleEndian).toBe(true);
});

test('what is encoded is decoded again', () => {
  const header = decodeHeader(encodeHeader(bold), 'x.nii');
  expect(header).toMatchObject({
    shape: [10, 8, 4],
    volumes: 6,
    affine: PLUMB,
    repetitionTime: 0.75,
    slope: 1,
    inter: 0,
    offset: 352,
  });
  expect(header.dtype.name).toBe('float32');
});

test('the qform says the same as the sform, also for oblique and flipped axes', () => {
  const bytes = encodeHeader({ ...bold, affine: OBLIQUE });
  new DataView(bytes.buffer).setInt16(254, 0, true); // without the sform, the qform counts
  const { affine } = decodeHeader(bytes, 'x.nii');
  affine.flat().forEach((value, i) => {
    expect(value).toBeCloseTo(OBLIQUE.flat()[i], 5);
  });
});

test('the sform wins over a qform with a higher code', () => {
  const bytes = encodeHeader(bold);
  const view = new DataView(bytes.buffer);
  view.setInt16(252, 4, true);
  view.setFloat32(268, 99, true);
  expect(decodeHeader(bytes, 'x.nii').affine).toEqual(PLUMB);
});

test.each([
  [2 + 8, 0.75],
  [2 + 16, 0.00075],
  [2 + 24, 0.00000075],
  [2, null],
  [2 + 32, null],
])('time units %i: 0.75 is %s s', (units, seconds) => {
  const bytes = encodeHeader(bold);
  bytes[123] = units;
  const { repetitionTime } = decodeHeader(bytes, 'x.nii');
  if (seconds === null) expect(repetitionTime).toBeNull();
  else expect(repetitionTime).toBeCloseTo(seconds, 12);
});

test('dimensions beyond int16 are refused', () => {
  const long = { ...bold, time: { volumes: 32768, repetitionTime: 1 } };
  expect(() => encodeHeader(long)).toThrow(/NIfTI-1's limit/);
});

test('an undefined data type is refused by name, never guessed', () => {
  const bytes = encodeHeader(bold);
  new DataView(bytes.buffer).setInt16(70, 1024, true);
  expect(() => decodeHeader(bytes, 'x.nii')).toThrow(/x\.nii.*int64/);
});

test("AFNI's buckets have their maps in the fifth dimension", () => {
  const bytes = encodeHeader(bold);
  new Int16Array(bytes.buffer, 40, 8).set([5, 10, 8, 4, 1, 6]);
  expect(decodeHeader(bytes, 'x.nii').volumes).toBe(6);
});

test('numbers beyond a field are dropped', () => {
  const bytes = encodeFields({ magic: 'much too long', dim: [1, 2, 3, 4, 5, 6, 7, 8, 99] });
  expect(bytes.slice(344, 352)).toEqual(Uint8Array.from([109, 117, 99, 104, 0, 0, 0, 0]));
  expect(new DataView(bytes.buffer).getFloat32(56, true)).toBe(0);
});
