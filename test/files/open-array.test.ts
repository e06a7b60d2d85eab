import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openArray } from '../../src/files/open-array.js';
import { bytesOf, npyFile, safetensorsFile } from './make-arrays.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arrays-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function rowsOf(file: string, bytes: Uint8Array, array = '', from = 0, end?: number) {
  const path = join(folder, file);
  await writeFile(path, bytes);
  const table = await openArray(array ? `${path}:${array}` : path);
  const values = await table.read(from, end ?? table.rows).finally(() => table.close());
  return { rows: table.rows, columns: table.columns, values: [...values] };
}

const VALUES = [1, -2.5, 0.25, 3, 4, -0.125]; // exact in every format
/** Bits of the same numbers, from IEEE 754. */
const HALF = Uint16Array.of(0x3c00, 0xc100, 0x3400, 0x4200, 0x4400, 0xb000);
const BRAIN = Uint16Array.of(0x3f80, 0xc020, 0x3e80, 0x4040, 0x4080, 0xbe00);
const whole = { rows: 3, columns: 2, values: VALUES };
const swapped = (values: Float32Array) => Buffer.from(bytesOf(values).slice()).swap32();
const two = { descr: '<f4', shape: '(3, 2)' };

test.each([
  ['<f2', bytesOf(HALF)],
  ['<f4', bytesOf(Float32Array.from(VALUES))],
  ['<f8', bytesOf(Float64Array.from(VALUES))],
  ['>f4', swapped(Float32Array.from(VALUES))],
])('.npy of %s', async (descr, bytes) => {
  expect(await rowsOf('a.npy', npyFile({ ...two, descr }, bytes))).toEqual(whole);
  expect(await rowsOf('a.npy', npyFile({ ...two, descr }, bytes, 2))).toEqual(whole);
});

test('.npy in Fortran order, in parts and of one dimension', async () => {
  const columns = bytesOf(Float32Array.from([1, 0.25, 4, -2.5, 3, -0.125]));
  const bytes = npyFile({ ...two, fortran: true }, columns);
  expect(await rowsOf('f.npy', bytes)).toEqual(whole);
  expect((await rowsOf('f.npy', bytes, '', 1, 3)).values).toEqual(VALUES.slice(2));
  const line = npyFile({ descr: '<f4', shape: '(6,)' }, bytesOf(Float32Array.from(VALUES)));
  expect(await rowsOf('l.npy', line, '', 4, 6)).toEqual({
    rows: 6,
    columns: 1,
    values: [4, -0.125],
  });
});

test('half precision: subnormal, zero, infinity and NaN', async () => {
  const bits = Uint16Array.of(0x0001, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0x03ff);
  const { values } = await rowsOf('h.npy', npyFile({ descr: '<f2', shape: '(6,)' }, bytesOf(bits)));
  expect(values).toEqual([2 ** -24, -0, Infinity, -Infinity, NaN, 1023 * 2 ** -24]);
});

test('.npz, packed and stored', async () => {
  const npy = npyFile(two, bytesOf(Float32Array.from(VALUES)));
  for (const level of [0, 6] as const) {
    const zip = zipSync({ 'fc1.npy': npy, 'other.npy': npy.slice(0, 20) }, { level });
    expect(await rowsOf('a.npz', zip, 'fc1')).toEqual(whole);
  }
});

test.each([
  ['F16', bytesOf(HALF)],
  ['BF16', bytesOf(BRAIN)],
  ['F32', bytesOf(Float32Array.from(VALUES))],
  ['F64', bytesOf(Float64Array.from(VALUES))],
])('.safetensors of %s', async (dtype, bytes) => {
  const header = {
    __metadata__: { format: 'pt' },
    before: { dtype: 'U8', shape: [4], data_offsets: [0, 4] },
    fc1: { dtype, shape: [3, 2], data_offsets: [4, 4 + bytes.length] },
  };
  const file = safetensorsFile(header, Buffer.concat([Buffer.alloc(4), bytes]));
  expect(await rowsOf('a.safetensors', file, 'fc1')).toEqual(whole);
});

const floats = bytesOf(Float32Array.from(VALUES));
const tensor = (entry: object, length?: bigint) =>
  safetensorsFile(
    { a: { dtype: 'F32', shape: [3, 2], data_offsets: [0, 24], ...entry } },
    floats,
    length,
  );
const npz = (name: string, bytes = npyFile(two, floats)) =>
  zipSync({ [name]: bytes }, { level: 6 });
/** The archive with the unpacked size of its only entry replaced in both of its headers. */
function claiming(size: number): Uint8Array {
  const bytes = Buffer.from(npz('a.npy'));
  bytes.writeUInt32LE(size, 22);
  bytes.writeUInt32LE(size, bytes.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1')) + 24);
  return bytes;
}
/** An archive in which the name `from` is made `to`, of as many letters, in all headers. */
function renamed(archive: Uint8Array, from: string, to: string): Uint8Array {
  const bytes = Buffer.from(archive);
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from)) bytes.write(to, at);
  return bytes;
}
function twice(): Uint8Array {
  const npy = npyFile(two, floats);
  return renamed(zipSync({ 'a.npy': npy, 'b.npy': npy }, { level: 6 }), 'b.npy', 'a.npy');
}
/** The archive's directory changed: `bytes` little-endian at `offset` in its record or its end. */
function directory(record: 'entry' | 'end', offset: number, value: number, size: 2 | 4 = 4) {
  const bytes = Buffer.from(npz('a.npy'));
  const at = bytes.lastIndexOf(Buffer.from(record === 'entry' ? 'PK\x01\x02' : 'PK\x05\x06'));
  bytes.writeUIntLE(value, at + offset, size);
  return bytes;
}
const overlapping = (from: number) =>
  safetensorsFile(
    {
      a: { dtype: 'F32', shape: [3, 2], data_offsets: [0, 24] },
      b: { dtype: 'F32', shape: [1, 1], data_offsets: [from, from + 4] },
    },
    Buffer.concat([floats, Buffer.alloc(4)]),
  );
/** Two tensors of one name, the second of other bytes. */
function namedTwice(): Uint8Array {
  const entry = (from: number) =>
    `${from ? '"\\u0061"' : '"a"'}:{"dtype":"F32","shape":[1,1],"data_offsets":[${from},${from + 4}]}`;
  const text = Buffer.from(`{${entry(0)},${entry(4)}}`);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([prefix, text, Buffer.alloc(8)]);
}
/** An .npy whose header says it is longer than the file. */
function longHeader(version: 1 | 2): Uint8Array {
  const bytes = Buffer.from(npyFile(two, floats, version));
  if (version === 1) bytes.writeUInt16LE(60000, 8);
  else bytes.writeUInt32LE(2 ** 32 - 1, 8);
  return bytes;
}

/** Stored, so that a changed byte unpacks. */
function damaged(): Uint8Array {
  const bytes = zipSync({ 'a.npy': npyFile(two, floats) }, { level: 0 });
  bytes[Buffer.from(bytes).indexOf('NUMPY') + 90] ^= 1;
  return bytes;
}

test.each([
  ['file/npy-dtype', 'i.npy', npyFile({ ...two, descr: '<i8' }, floats), ''],
  ['file/npy-dtype', 'c.npy', npyFile({ ...two, descr: '<c8' }, floats), ''],
  ['file/npy-dtype', 'o.npy', npyFile({ ...two, descr: '|O' }, floats), ''],
  ['file/array-shape', '3.npy', npyFile({ ...two, shape: '(1, 3, 2)' }, floats), ''],
  ['file/array-shape', '0.npy', npyFile({ ...two, shape: '(0, 2)' }, new Uint8Array()), ''],
  ['file/array-length', 't.npy', npyFile(two, floats.slice(1)), ''],
  ['file/array-length', 'm.npy', npyFile({ ...two, shape: '(3, 9999999999)' }, floats), ''],
  ['file/npy-version', 'v.npy', npyFile(two, floats, 9), ''],
  ['file/not-npy', 'n.npy', floats, ''],
  ['file/not-npy', 'h1.npy', longHeader(1), ''],
  ['file/not-npy', 'h2.npy', longHeader(2), ''],
  ['file/npy-dtype', 'u.npy', npyFile({ ...two, descr: '<u2' }, floats), ''],
  ['file/npy-dtype', 'g.npy', npyFile({ ...two, descr: '<f16' }, floats), ''],
  ['file/npy-dtype', 'v.npy', npyFile({ ...two, descr: '|V2' }, floats), ''],
  ['file/array-format', 'x.npy', npyFile(two, floats), 'a'],
  ['file/array-format', 'x.bin', floats, ''],
  ['file/no-array', 'a.npz', npz('a.npy'), 'b'],
  ['file/npz-name', 'p.npz', npz('../a.npy'), 'a'],
  ['file/npz-name', 'q.npz', npz('/etc/a.npy'), 'a'],
  ['file/npz-name', 'w.npz', npz('C:\\a.npy'), 'a'],
  ['file/npz-name', 'z.npz', npz('a\0.npy'), 'a'],
  ['file/npz-name', 'u.npz', npz('x/../../a.npy'), 'a'],
  ['file/npz-name', 'pr.npz', renamed(npz('__quote__'), '__quote__', '__proto__'), 'a'],
  ['file/npz-name', '2.npz', twice(), 'a'],
  ['file/npz-checksum', 'sm.npz', claiming(64), 'a'],
  ['file/npz-length', 'cl.npz', directory('entry', 20, 2 ** 31), 'a'],
  ['file/npz-name', 'n.npz', directory('end', 8, 65535, 2), 'a'],
  ['file/npz-checksum', 'of.npz', directory('entry', 42, 2 ** 31 - 1), 'a'],
  ['file/npz-length', 'l.npz', claiming(2 ** 31 - 1), 'a'],
  ['file/not-npz', 's.npz', npz('a.npy').slice(0, 60), 'a'],
  ['file/npz-checksum', 'd.npz', damaged(), 'a'],
  ['file/not-safetensors', 'h.safetensors', tensor({}, 2n ** 62n), 'a'],
  ['file/not-safetensors', 'j.safetensors', tensor({}, 200n), 'a'],
  ['file/not-safetensors', 'tw.safetensors', namedTwice(), 'a'],
  ['file/array-length', 'ov.safetensors', overlapping(20), 'a'],
  ['file/array-length', 'ob.safetensors', overlapping(20), 'b'],
  ['file/safetensors-dtype', 'f8.safetensors', tensor({ dtype: 'F8_E4M3' }), 'a'],
  ['file/array-length', 'ba.safetensors', tensor({ data_offsets: [24, 0] }), 'a'],
  ['file/not-safetensors', 'b.safetensors', floats, 'a'],
  ['file/no-array', 'n.safetensors', tensor({}), 'toString'],
  ['file/safetensors-dtype', 'i.safetensors', tensor({ dtype: 'I64' }), 'a'],
  ['file/array-length', 'o.safetensors', tensor({ data_offsets: [0, 2400], shape: [300, 2] }), 'a'],
  ['file/array-length', 'm.safetensors', tensor({ shape: [2, 2] }), 'a'],
  ['file/no-array', 'g.safetensors', tensor({ data_offsets: [-4, 20] }), 'a'],
])('%s: %s is refused', async (code, file, bytes, array) => {
  await expect(rowsOf(file, bytes, array)).rejects.toMatchObject({ code });
});

test('tensors side by side are read, whatever their order in the header', async () => {
  expect(await rowsOf('side.safetensors', overlapping(24), 'a')).toEqual(whole);
  expect((await rowsOf('side.safetensors', overlapping(24), 'b')).values).toEqual([0]);
});
