import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stageFolder, writeText, writeWhole } from '../../src/files/whole.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'boldbridge-test-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('a file that could not be finished leaves the old one as it was, and nothing else', async () => {
  const file = join(root, 'a.txt');
  await writeText(file, 'old');
  const failing = writeWhole(file, async (temporary) => {
    await writeFile(temporary, 'half');
    throw new Error('stop');
  });
  await expect(failing).rejects.toThrow('stop');
  expect(await readFile(file, 'utf8')).toBe('old');
  expect(await readdir(root)).toEqual(['a.txt']);
});

test('a folder that could not be filled leaves the old one as it was, and nothing else', async () => {
  const folder = join(root, 'out');
  await mkdir(folder);
  await writeFile(join(folder, 'old'), '');
  const failing = stageFolder(folder, { force: true }, async (temporary) => {
    await writeFile(join(temporary, 'new'), '');
    throw new Error('stop');
  });
  await expect(failing).rejects.toThrow('stop');
  expect(await readdir(folder)).toEqual(['old']);
  expect(await readdir(root)).toEqual(['out']);
});

test('a folder appears under its name only when it is whole', async () => {
  const folder = join(root, 'deep', 'out');
  await stageFolder(folder, { force: false }, async (temporary) => {
    await writeFile(join(temporary, 'a'), '');
    expect(await readdir(join(root, 'deep'))).not.toContain('out');
  });
  expect(await readdir(folder)).toEqual(['a']);
});

test('a path through a file, and a folder that may not be written to, are refused', async () => {
  await writeFile(join(root, 'file'), '');
  await expect(writeText(join(root, 'file', 'x'), '')).rejects.toMatchObject({
    code: 'output/unwritable',
  });
  if (process.getuid?.() === 0) return; // root may write anywhere
  await chmod(root, 0o500);
  await expect(writeText(join(root, 'y'), '')).rejects.toMatchObject({
    code: 'output/unwritable',
  });
  await chmod(root, 0o700);
});
