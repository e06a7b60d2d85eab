import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readHeader, readImage } from 'nifti-reader-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DTYPES, type DtypeName } from '../../src/image/dtype.js';
import { encodeHeader } from '../../src/image/image-header.js';
import { openMask, requireMap, requireSeries, seriesInMask } from '../../src/image/mask.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { readMap, seriesOf } from '../../src/image/voxels.js';
import { collect } from './collect.js';
import { type Made, makeNifti, SHAPE } from './make-nifti.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function save(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

/** All voxels of a file as the independent reader sees them. */
function oracle(file: Uint8Array, dtype: DtypeName): number[] {
  const bytes = new Uint8Array(file).buffer;
  const header = readHeader(bytes);
  const view = new DataView(readImage(header, bytes));
  const little = header.littleEndian;
  const getters: Record<DtypeName, (at: number) => number> = {
    uint8: (at) => view.getUint8(at),
    int8: (at) => view.getInt8(at),
    int16: (at) => view.getInt16(at, little),
    uint16: (at) => view.getUint16(at, little),
    int32: (at) => view.getInt32(at, little),
    uint32: (at) => view.getUint32(at, little),
    float32: (at) => view.getFloat32(at, little),
    float64: (at) => view.getFloat64(at, little),
  };
  const { bytes: size } = DTYPES[dtype];
  const slope = Number.isFinite(header.scl_slope) && header.scl_slope !== 0 ? header.scl_slope : 1;
  const inter = slope === 1 && !(header.scl_slope === 1) ? 0 : header.scl_inter;
  return Array.from(
    { length: view.byteLength / size },
    (_, i) => getters[dtype](i * size) * slope + inter,
  );
}

const VOXELS = Int32Array.from([59, 0, 7, 31, 30]);
const SIZE = 60;
const names = Object.keys(DTYPES) as DtypeName[];
const variants = names.flatMap((dtype) =>
  [false, true].flatMap((big) => ['.nii', '.nii.gz'].map((ending) => ({ dtype, big, ending }))),
);

test.each(variants)(
  '$dtype, big-endian $big, $ending, as the independent reader',
  async ({ ending, ...made }) => {
    await compare({ ...made }, ending);
  },
);

test.each([
  { dtype: 'int16', slope: 0.25, inter: -3 },
  { dtype: 'uint8', slope: 0, inter: 5 },
  { dtype: 'float32', slope: Number.NaN, inter: 5 },
  { dtype: 'uint16', slope: 2, inter: 0, big: true },
  { dtype: 'float32', extension: 64 },
] as const)('scaling and extensions: %o', async (made) => {
  await compare(made, '.nii.gz');
});

async function compare(made: Made, ending: string): Promise<void> {
  const plain = makeNifti(made);
  const path = await save(`image${ending}`, ending === '.nii.gz' ? gzipSync(plain) : plain);
  const image = await openNifti(path);
  const expected = oracle(plain, made.dtype);
  expect(image).toMatchObject({ shape: SHAPE, volumes: 6, repetitionTime: 2 });
  expect(image.dtype.name).toBe(made.dtype);
  const series = await collect(seriesOf(image, VOXELS));
  series.forEach((value, i) => {
    expect(value).toBe(expected[Math.floor(i / VOXELS.length) * SIZE + VOXELS[i % VOXELS.length]]);
  });
  expect([...(await readMap(image, 4))]).toEqual(expected.slice(4 * SIZE, 5 * SIZE));
}

test('many volumes arrive in whole blocks, in order', async () => {
  const plain = makeNifti({ dtype: 'int16', volumes: 400 });
  const image = await openNifti(await save('long.nii.gz', gzipSync(plain)));
  const all = Int32Array.from({ length: SIZE }, (_, v) => v);
  expect([...(await collect(seriesOf(image, all)))]).toEqual(oracle(plain, 'int16'));
});

test('a file is taken for packed by its content, not by its name', async () => {
  const path = await save('named.nii', gzipSync(makeNifti({ dtype: 'uint8' })));
  expect((await openNifti(path)).dtype.name).toBe('uint8');
});

test('a NIfTI-2 header is read', async () => {
  const bytes = new Uint8Array(544 + SIZE * 6 * 4);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 540, true);
  bytes.set([0x6e, 0x2b, 0x32, 0, 13, 10, 26, 10], 4);
  view.setInt16(12, 16, true);
  view.setInt16(14, 32, true);
  [4, ...SHAPE, 6, 1, 1, 1].forEach((size, i) => {
    view.setBigInt64(16 + 8 * i, BigInt(size), true);
  });
  [1, 2, 2, 2, 1500].forEach((size, i) => {
    view.setFloat64(104 + 8 * i, size, true);
  });
  view.setBigInt64(168, 544n, true);
  view.setInt32(500, 2 + 16, true);
  view.setInt32(348, 1, true);
  [2, 0, 0, -1, 0, 2, 0, -2, 0, 0, 2, -3].forEach((value, i) => {
    view.setFloat64(400 + 8 * i, value, true);
  });
  view.setFloat32(544 + 4 * 7, 42.5, true);
  const image = await openNifti(await save('two.nii', bytes));
  expect(image).toMatchObject({ shape: SHAPE, volumes: 6, repetitionTime: 1.5 });
  expect(image.affine).toEqual([
    [2, 0, 0, -1],
    [0, 2, 0, -2],
    [0, 0, 2, -3],
  ]);
  expect((await readMap(image))[7]).toBe(42.5);
});

const whole = () => makeNifti({ dtype: 'float32' });

test('a truncated .nii is refused when it is opened', async () => {
  const path = await save('short.nii', whole().subarray(0, 900));
  await expect(openNifti(path)).rejects.toMatchObject({
    name: 'FileError',
    code: 'file/truncated',
  });
});

test('a .nii cut short after it was opened is refused when it is read', async () => {
  const path = await save('shrinking.nii', whole());
  const image = await openNifti(path);
  await truncate(path, 900);
  await expect(collect(seriesOf(image, VOXELS))).rejects.toMatchObject({ code: 'file/truncated' });
  await rm(path);
  await expect(collect(seriesOf(image, VOXELS))).rejects.toMatchObject({ code: 'file/not-found' });
});

test.each(['.nii', '.nii.gz'])(
  'a stretch of voxels, from %s, and reading that ends early',
  async (ending) => {
    const plain = whole();
    const path = await save(`stretch${ending}`, ending === '.nii' ? plain : gzipSync(plain));
    const series = seriesOf(await openNifti(path), Int32Array.from([11, 12, 13, 14]));
    const expected = oracle(plain, 'float32');
    const read = await collect(series);
    read.forEach((value, i) => {
      expect(value).toBe(expected[Math.floor(i / 4) * SIZE + 11 + (i % 4)]);
    });
    expect(read).toHaveLength(4 * 6);
    for await (const { first, values } of series.blocks()) {
      expect([first, values[0]]).toEqual([0, expected[11]]);
      break;
    }
  },
);

test.each([
  ['packed after the cut', () => gzipSync(whole().subarray(0, 900)), 'file/truncated'],
  ['cut after packing', () => gzipSync(whole()).subarray(0, 900), 'file/truncated'],
  ['with one bit turned', () => turned(gzipSync(whole())), 'file/corrupt'],
])('a .nii.gz %s is refused when it is read', async (_, bytes, code) => {
  const path = await save('bad.nii.gz', bytes());
  await expect(
    openNifti(path).then((image) => collect(seriesOf(image, VOXELS))),
  ).rejects.toMatchObject({ code });
});

function turned(bytes: Uint8Array): Uint8Array {
  bytes[bytes.length - 6] ^= 1; // in the checksum
  return bytes;
}

test.each([
  ['text.nii', 'onset\tduration\n1\t2\n'],
  ['empty.nii', ''],
  ['text.nii.gz', gzipSync('just text')],
  ['long.nii', 'x'.repeat(2000)],
])('%s is not a NIfTI image', async (name, bytes) => {
  await expect(openNifti(await save(name, bytes))).rejects.toMatchObject({
    code: 'file/not-nifti',
  });
});

test('a file that is not there is refused', async () => {
  await expect(openNifti(join(folder, 'none.nii'))).rejects.toMatchObject({
    code: 'file/not-found',
  });
  await expect(openNifti(folder)).rejects.toMatchObject({ code: 'file/not-found' });
});

test.each([
  [32, /complex64/],
  [128, /RGB24/],
  [1280, /uint64/],
])('data type %i is refused by name', async (code, name) => {
  const bytes = whole();
  new DataView(bytes.buffer, bytes.byteOffset).setInt16(70, code, true);
  const opened = openNifti(await save('type.nii', bytes));
  await expect(opened).rejects.toMatchObject({ code: 'file/unsupported-dtype' });
  await expect(opened).rejects.toThrow(name);
});

test('dimensions that are no map and no series are refused', async () => {
  const bytes = whole();
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setInt16(40, 2, true);
  await expect(openNifti(await save('flat.nii', bytes))).rejects.toMatchObject({
    code: 'file/bad-dimensions',
  });
});

test('a map is no series and a series is no map', async () => {
  const map = await openNifti(await save('map.nii', makeNifti({ dtype: 'uint8', volumes: 1 })));
  const series = await openNifti(await save('series.nii', whole()));
  expect(() => requireSeries(map)).toThrow(expect.objectContaining({ code: 'file/not-a-series' }));
  expect(() => requireMap(series)).toThrow(expect.objectContaining({ code: 'file/not-a-map' }));
});

function maskFile(
  shape: readonly [number, number, number],
  inside: readonly number[],
  shift = 0,
): Uint8Array {
  const affine = [
    [2, 0, 0, shift],
    [0, 2, 0, 0],
    [0, 0, 2, 0],
  ] as const;
  const data = new Uint8Array(shape[0] * shape[1] * shape[2]);
  for (const voxel of inside) data[voxel] = 1;
  return Buffer.concat([encodeHeader({ shape, affine, dtype: 'uint8' }), data]);
}

test('a mask chooses voxels', async () => {
  const mask = await openMask(await save('mask.nii.gz', gzipSync(maskFile(SHAPE, [7, 30, 59]))));
  expect([...mask.voxels]).toEqual([7, 30, 59]);
  const plain = whole();
  const image = await openNifti(await save('masked.nii', plain));
  const values = await collect(seriesInMask(image, mask));
  expect([...values.subarray(0, 3)]).toEqual([7, 30, 59].map((v) => oracle(plain, 'float32')[v]));
});

test('an empty mask is refused', async () => {
  const opened = openMask(await save('none-inside.nii', maskFile(SHAPE, [])));
  await expect(opened).rejects.toMatchObject({ name: 'DataError', code: 'data/empty-mask' });
});

test('a mask of another shape or place is refused', async () => {
  const image = await openNifti(await save('image.nii', whole()));
  const wrong = await openMask(await save('other.nii', maskFile([5, 3, 4], [1])));
  const moved = await openMask(await save('moved.nii', maskFile(SHAPE, [1], 4)));
  expect(() => seriesInMask(image, wrong)).toThrow(
    expect.objectContaining({ code: 'file/mask-shape' }),
  );
  expect(() => seriesInMask(image, moved)).toThrow(
    expect.objectContaining({ code: 'file/mask-affine' }),
  );
});
