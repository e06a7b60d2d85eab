import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MatValue, readMat5 } from '../../../src/files/mat5.js';
import { cell, encodeMatFile, row, textCell } from '../../../src/tools/spm/mat-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-mat-'));
});
afterAll(() => rm(folder, { recursive: true }));

const values: Record<string, MatValue> = {
  R: {
    kind: 'numbers',
    shape: [3, 2],
    values: Float64Array.of(1, 2, 3, 1e-300, -0.1, Number.MAX_VALUE),
  },
  names: textCell(['a', "law's", 'Ärzte', 'a rather long name with blanks inside it']),
  onsets: cell([row([5]), row([1.5, 2.25]), row([])]),
  pmod: {
    kind: 'struct',
    shape: [1, 2],
    elements: [
      new Map<string, MatValue>([
        ['name', textCell(['rt'])],
        ['poly', cell([row([1])])],
      ]),
      new Map<string, MatValue>([
        ['name', textCell([])],
        ['poly', cell([])],
      ]),
    ],
  },
};

test('a file comes back as it was written', async () => {
  const path = join(folder, 'all.mat');
  await writeFile(path, encodeMatFile(values));
  expect(Object.fromEntries(await readMat5(path))).toEqual(values);
});

test('header, alignment and small elements are as the format says', () => {
  const bytes = Buffer.from(encodeMatFile({ ab: row([7]) }));
  expect(bytes.toString('latin1', 0, 6)).toBe('MATLAB');
  expect(bytes.subarray(0, 116).includes(0)).toBe(false);
  expect([bytes.readUInt16LE(124), bytes.toString('latin1', 126, 128)]).toEqual([0x0100, 'IM']);
  // An array: flags (8 + 8), dimensions (8 + 8), a name of two bytes in its tag (8), a double (8 + 8).
  expect([bytes.readUInt32LE(128), bytes.readUInt32LE(132)]).toEqual([14, 56]);
  expect(bytes.length).toBe(128 + 8 + 56);
  expect([bytes.readUInt32LE(136), bytes.readUInt32LE(140), bytes[144]]).toEqual([6, 8, 6]);
  expect([bytes.readInt32LE(160), bytes.readInt32LE(164)]).toEqual([1, 1]);
  expect([bytes.readUInt16LE(168), bytes.readUInt16LE(170)]).toEqual([1, 2]);
  expect(bytes.toString('latin1', 172, 176)).toBe('ab\0\0');
  expect([bytes.readUInt32LE(176), bytes.readUInt32LE(180)]).toEqual([9, 8]);
  expect(bytes.readDoubleLE(184)).toBe(7);
});

test('the same values give the same bytes', () => {
  expect(encodeMatFile(values)).toEqual(encodeMatFile(values));
});
