import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { writeSmallStudy } from './small-study.js';
import { captured } from './streams.js';

/** Real small and read-only disks, where this process may mount any (as root on Linux). */
const mount = (options: string, at: string) =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', at]).status === 0;

let folder: string;
let canMount = false;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-test-'));
  await mkdir(at('full'));
  await mkdir(at('read-only'));
  canMount = mount('size=2m', at('full')) && mount('ro', at('read-only'));
});
afterAll(async () => {
  if (canMount) spawnSync('umount', [at('full'), at('read-only')]);
  await rm(folder, { recursive: true });
});

describe('a disk that cannot take the recording: a clear error, exit code 2, nothing left', () => {
  test.for(['full', 'read-only'])('%s', async (name, { skip }) => {
    skip(!canMount, 'no right to mount; resume.test.ts has a file that may not grow');
    const study = await writeSmallStudy(folder, { tokens: '20' });
    const streams = captured();
    const code = await main(['record', study, '--out', at(`${name}/out`), '--json'], streams);
    expect([code, JSON.parse(streams.errors()).error.code]).toEqual([2, 'output/unwritable']);
    const left = await readdir(at(name), { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
  });
});
