import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { int16Storage } from '../../src/image/bold-int16.js';
import { writeMap, writeSeries } from '../../src/image/write-nifti.js';
import { seriesOfValues } from '../workflow/simulate.js';

/**
 * struct nifti_1_header as nifti1.h declares it (nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h),
 * written down from there and not from this program's table: type, name, and the byte where the standard
 * says the field begins. `char` is a byte.
 */
const NIFTI1_H = `
int   sizeof_hdr        0
char  data_type[10]     4
char  db_name[18]      14
int   extents          32
short session_error    36
char  regular          38
char  dim_info         39
short dim[8]           40
float intent_p1        56
float intent_p2        60
float intent_p3        64
short intent_code      68
short datatype         70
short bitpix           72
short slice_start      74
float pixdim[8]        76
float vox_offset      108
float scl_slope       112
float scl_inter       116
short slice_end       120
char  slice_code      122
char  xyzt_units      123
float cal_max         124
float cal_min         128
float slice_duration  132
float toffset         136
int   glmax           140
int   glmin           144
char  descrip[80]     148
char  aux_file[24]    228
short qform_code      252
short sform_code      254
float quatern_b       256
float quatern_c       260
float quatern_d       264
float qoffset_x       268
float qoffset_y       272
float qoffset_z       276
float srow_x[4]       280
float srow_y[4]       296
float srow_z[4]       312
char  intent_name[16] 328
char  magic[4]        344
`;
const READ = {
  int: [4, (view: DataView, at: number) => view.getInt32(at, true)],
  short: [2, (view: DataView, at: number) => view.getInt16(at, true)],
  float: [4, (view: DataView, at: number) => view.getFloat32(at, true)],
  char: [1, (view: DataView, at: number) => view.getUint8(at)],
} as const;

const fields = [...NIFTI1_H.matchAll(/(int|short|float|char) +(\w+)(?:\[(\d+)\])? +(\d+)/g)].map(
  ([, type, name, count = '1', offset]) => ({
    type: type as keyof typeof READ,
    name,
    count: Number(count),
    offset: Number(offset),
  }),
);

/** Every field of a header; the trailing zeros of an array left out. */
function headerOf(bytes: Uint8Array): Record<string, number | number[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Object.fromEntries(
    fields.map(({ type, name, count, offset }) => {
      const [size, read] = READ[type];
      const values = Array.from({ length: count }, (_, i) => read(view, offset + i * size));
      return [name, count === 1 ? values[0] : values.slice(0, values.findLastIndex(Boolean) + 1)];
    }),
  );
}

const letters = (text: string) => [...Buffer.from(text, 'latin1')];
/** What is the same in all files: little-endian NIfTI-1, one file, RAS+ of 2 mm, mm and s. */
const COMMON = {
  sizeof_hdr: 348,
  data_type: [],
  db_name: [],
  extents: 0,
  session_error: 0,
  regular: letters('r')[0],
  dim_info: 0,
  intent_p1: 0,
  intent_p2: 0,
  intent_p3: 0,
  intent_code: 0, // NIFTI_INTENT_NONE
  slice_start: 0,
  vox_offset: 352,
  scl_slope: 1,
  scl_inter: 0,
  slice_end: 0,
  slice_code: 0,
  xyzt_units: 2 + 8, // NIFTI_UNITS_MM, NIFTI_UNITS_SEC
  cal_max: 0,
  cal_min: 0,
  slice_duration: 0,
  toffset: 0,
  glmax: 0,
  glmin: 0,
  descrip: letters('boldbridge'),
  aux_file: [],
  qform_code: 1, // NIFTI_XFORM_SCANNER_ANAT
  sform_code: 1,
  quatern_b: 0,
  quatern_c: 0,
  quatern_d: 0,
  qoffset_x: -4,
  qoffset_y: -3,
  qoffset_z: -2,
  srow_x: [2, 0, 0, -4],
  srow_y: [0, 2, 0, -3],
  srow_z: [0, 0, 2, -2],
  intent_name: [],
  magic: letters('n+1'), // and a zero
};
const SERIES = { dim: [4, 5, 4, 3, 6, 1, 1, 1], pixdim: [1, 2, 2, 2, 0.75] };
const MAP = { dim: [3, 5, 4, 3, 1, 1, 1, 1], pixdim: [1, 2, 2, 2] };
/** Code and bits of NIfTI's own DT_ names. */
const [DT_UINT8, DT_INT16, DT_INT32, DT_FLOAT32] = [
  { datatype: 2, bitpix: 8 },
  { datatype: 4, bitpix: 16 },
  { datatype: 8, bitpix: 32 },
  { datatype: 16, bitpix: 32 },
];

const grid = {
  shape: [5, 4, 3],
  affine: [
    [2, 0, 0, -4],
    [0, 2, 0, -3],
    [0, 0, 2, -2],
  ],
  voxelOfUnit: Int32Array.of(26, 27, 28, 31),
} as const;
const values = [7, 1, 2, 3]; // [units]
const bold = Float32Array.from({ length: 24 }, (_, i) => 9000 + 100 * i); // [volumes, units]
const series = seriesOfValues(bold, 4);
const repetitionTime = 0.75;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'standard-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('the fields follow each other as the standard says, 348 bytes in all', () => {
  const end = fields.reduce((at, { type, name, count, offset }) => {
    expect([name, offset]).toEqual([name, at]);
    return at + count * READ[type][0];
  }, 0);
  expect(end).toBe(348);
});

const int16 = int16Storage(11300, [0, 0, 0, 1, 1, 1]);
test.each([
  ['bold of float32', 'a.nii', { series }, { ...SERIES, ...DT_FLOAT32 }],
  [
    'bold of int16',
    'b.nii',
    { series, int16 },
    { ...SERIES, ...DT_INT16, scl_slope: Math.fround(0.4) },
  ],
  ['a packed bold', 'c.nii.gz', { series }, { ...SERIES, ...DT_FLOAT32 }],
  ['a statistical map', 'd.nii.gz', { dtype: 'float32' }, { ...MAP, ...DT_FLOAT32 }],
  ['an atlas', 'e.nii.gz', { dtype: 'uint8' }, { ...MAP, ...DT_UINT8 }],
  ['an atlas of many modules', 'f.nii', { dtype: 'int16' }, { ...MAP, ...DT_INT16 }],
  ['an atlas of very many', 'g.nii', { dtype: 'int32' }, { ...MAP, ...DT_INT32 }],
] as const)(
  '%s: every field of the header, and the bytes after it',
  async (_, name, own, facts) => {
    const path = join(folder, name);
    if ('series' in own) await writeSeries(path, { grid, repetitionTime, ...own });
    else await writeMap(path, { grid, values, ...own });
    const file = await readFile(path);
    const bytes = name.endsWith('.gz') ? gunzipSync(file) : file;
    expect(headerOf(bytes)).toEqual({ ...COMMON, ...facts });
    expect([...bytes.subarray(347, 352)]).toEqual([0, 0, 0, 0, 0]); // the magic's end; no extension
    const volumes = 'series' in own ? 6 : 1;
    expect(bytes.length).toBe(352 + (volumes * 60 * facts.bitpix) / 8);
    // x runs fastest, then y, z, time: unit 1 is at voxel 27, which is (2, 1, 1).
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const type = facts.datatype;
    const at = (voxel: number) => {
      const offset = 352 + (voxel * facts.bitpix) / 8;
      if (type === 16) return view.getFloat32(offset, true);
      if (type === 8) return view.getInt32(offset, true);
      return type === 4 ? view.getInt16(offset, true) : view.getUint8(offset);
    };
    if ('series' in own) {
      const slope = 'int16' in own ? 0.4 : 1;
      expect([at(27), at(60 + 27), at(300 + 31)].map((v) => v * slope)).toEqual([
        9100, 9500, 11300,
      ]);
    } else expect([at(26), at(27), at(28), at(31)]).toEqual(values);
    expect([at(0), at(25), at(29), at(60 * volumes - 1)]).toEqual([0, 0, 0, 0]);
  },
);
