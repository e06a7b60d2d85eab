import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openArray } from '../../src/files/open-array.js';
import { writeSafetensors } from '../../src/files/write-safetensors.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

const one = {
  name: 'layers.0.fc1.weight',
  shape: [2, 3],
  values: () => Uint8Array.from([0, 1, 2, 255, 4, 5]),
};
const two = { name: 'é "quoted"', shape: [3], values: () => Uint8Array.from([7, 8, 9]) };

test('what is written is read', async () => {
  const path = join(folder, 'two.safetensors');
  await writeSafetensors(path, [one, two], { format: 'pt' });
  for (const { name, shape, values } of [one, two]) {
    const array = await openArray(`${path}:${name}`);
    expect([array.rows, array.columns]).toEqual([shape[0], shape[1] ?? 1]);
    expect([...(await array.read(0, array.rows))]).toEqual([...values()]);
    await array.close();
  }
});

test('the file is the format: header length, JSON in a multiple of 8 bytes, tensors without gaps', async () => {
  const path = join(folder, 'format.safetensors');
  await writeSafetensors(path, [one, two], { format: 'pt' });
  const bytes = await readFile(path);
  const length = Number(bytes.readBigUInt64LE(0));
  expect(length % 8).toBe(0);
  expect(bytes.length).toBe(8 + length + 9);
  expect(JSON.parse(bytes.toString('utf8', 8, 8 + length))).toEqual({
    __metadata__: { format: 'pt' },
    [one.name]: { dtype: 'U8', shape: [2, 3], data_offsets: [0, 6] },
    [two.name]: { dtype: 'U8', shape: [3], data_offsets: [6, 9] },
  });
  expect([...bytes.subarray(8 + length)]).toEqual([...one.values(), ...two.values()]);
});

test('values that do not fit their shape leave no file', async () => {
  const wrong = { ...two, shape: [4] };
  const path = join(folder, 'wrong', 'a.safetensors');
  await expect(writeSafetensors(path, [one, wrong])).rejects.toThrow('3 of 4 bytes');
  await expect(writeSafetensors(path, [one, one])).rejects.toThrow('two tensors of one name');
  expect(await readdir(join(folder, 'wrong'))).toEqual([]);
});
