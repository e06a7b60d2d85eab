import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { deflateSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MatStruct, readMat5 } from '../../src/files/mat5.js';
import { fieldAt, numbersAt, structOf, textAt } from '../../src/files/mat5-fields.js';
import { fixture } from '../tools/make-results.js';

const plain = gunzipSync(readFileSync(fixture('spm', 'none', 'SPM.mat.gz')));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-mat5-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function read(bytes: Uint8Array): Promise<MatStruct> {
  const path = join(folder, 'x.mat');
  await writeFile(path, bytes);
  return structOf((await readMat5(path)).get('SPM'))!;
}

/** The same file as `save -v7` lays it out: each variable one compressed element. */
function compressed(file: Uint8Array): Uint8Array {
  const packed = deflateSync(file.subarray(128));
  const tag = new Uint8Array(new Uint32Array([15, packed.length]).buffer);
  return Buffer.concat([file.subarray(0, 128), tag, packed]);
}

describe('an SPM.mat that SPM wrote', () => {
  test('gives its contrasts and degrees of freedom', async () => {
    const spm = await read(plain);
    const contrasts = fieldAt(spm, 'xCon');
    if (contrasts?.kind !== 'struct') throw new Error('xCon is no struct');
    expect(contrasts.elements.map((one) => textAt(one, 'name'))).toEqual([
      'a',
      'b',
      'aMinusB',
      'any',
    ]);
    expect(contrasts.elements.map((one) => textAt(one, 'STAT'))).toEqual(['T', 'T', 'T', 'F']);
    expect(textAt(contrasts.elements[2], 'Vspm.fname')).toBe('spmT_0003.nii');
    expect([...numbersAt(contrasts.elements[2], 'c')]).toEqual([1, -1, 0, 0, 0]);
    expect(numbersAt(spm, 'xX.erdf')[0]).toBeCloseTo(175, 9);
  });

  test('holds the design, column by column: the last is the constant', async () => {
    const spm = await read(plain);
    const design = fieldAt(spm, 'xX.X');
    if (design?.kind !== 'numbers') throw new Error('xX.X is no matrix');
    expect(design.shape).toEqual([180, 5]);
    expect([...design.values.subarray(4 * 180)]).toEqual(Array(180).fill(1));
    const regressors = readFileSync(join(import.meta.dirname, '../golden/reg.txt'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number));
    const mean = regressors.reduce((sum, [a]) => sum + a / 180, 0); // SPM takes it off
    const differences = regressors.map(([a], row) => Math.abs(design.values[row] - (a - mean)));
    expect(Math.max(...differences)).toBeLessThan(1e-12);
  });

  test('says the same compressed', async () => {
    expect(isDeepStrictEqual(await read(compressed(plain)), await read(plain))).toBe(true);
  });
});

describe('what cannot be read is refused', () => {
  const refusal = (bytes: Uint8Array) => read(bytes).catch((error: unknown) => error);

  test.each([
    ['cut off', plain.subarray(0, 100_000)],
    ['cut off, compressed', compressed(plain).subarray(0, 5000)],
  ])('%s', async (_, bytes) => {
    expect(await refusal(bytes)).toMatchObject({ code: 'file/corrupt' });
  });

  test('version 7.3 and files of other formats', async () => {
    const hdf5 = Buffer.from(plain.subarray(0, 256));
    hdf5.write('MATLAB 7.3 MAT-file', 0);
    hdf5.writeUInt16LE(0x0200, 124);
    expect(await refusal(hdf5)).toMatchObject({
      code: 'file/not-mat5',
      given: expect.stringContaining('7.3'),
    });
    expect(await refusal(Buffer.from('name\tvalue\n'))).toMatchObject({ code: 'file/not-mat5' });
  });
});
