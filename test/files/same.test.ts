import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesBelow } from '../../src/files/below.js';
import { sameBytes } from '../../src/files/same.js';

test('files of the same bytes are told from others, also far from their beginning', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'same-'));
  const at = (name: string) => join(folder, name);
  const bytes = Buffer.alloc((1 << 20) + 9, 7);
  const last = Buffer.from(bytes);
  last[bytes.length - 1] = 8;
  await mkdir(at('sub'));
  await writeFile(at('a'), bytes);
  await writeFile(at('sub/.b'), bytes);
  await writeFile(at('c'), last);
  await writeFile(at('d'), bytes.subarray(1));
  expect(await sameBytes(at('a'), at('sub/.b'))).toBe(true);
  for (const other of ['c', 'd', 'sub', 'none'])
    expect(await sameBytes(at('a'), at(other)), other).toBe(false);
  expect(await sameBytes(at('none'), at('none'))).toBe(false);
  expect(await filesBelow(folder)).toEqual(['a', 'c', 'd', 'sub/.b']);
  await rm(folder, { recursive: true });
});
