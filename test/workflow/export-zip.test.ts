import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { filesBelow } from '../../src/files/below.js';
import { writeZip } from '../../src/files/zip.js';
import { exportDataset } from '../../src/workflow/export.js';
import { simulateRecording } from './simulate.js';
import { captured } from './streams.js';
import { writeRecordings } from './write-recordings.js';

let folder: string;
let dataset: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zip-'));
  dataset = join(folder, 'dataset');
  const recordings = [simulateRecording(), simulateRecording({ seed: 2, id: { run: 2 } })];
  await exportDataset({ recordings, dataset, force: false });
});
afterAll(() => rm(folder, { recursive: true }));

test('the archive holds every file of the dataset, .gz as it is, and is the same each time', async () => {
  const archive = join(folder, 'dataset.zip');
  await writeZip(archive, dataset);
  const bytes = new Uint8Array(await readFile(archive));
  const methods = new Map<string, number>();
  const files = unzipSync(bytes, {
    filter: ({ name, compression }) => methods.set(name, compression).has(name),
  });
  const names = await filesBelow(dataset);
  expect(Object.keys(files).sort()).toEqual(names.map((name) => `dataset/${name}`));
  expect(names).toContain('derivatives/boldbridge/.bidsignore');
  for (const name of names) {
    const entry = files[`dataset/${name}`];
    expect(Buffer.compare(entry, await readFile(join(dataset, name))), name).toBe(0);
    expect(methods.get(`dataset/${name}`), name).toBe(name.endsWith('.gz') ? 0 : 8);
  }
  await writeZip(join(folder, 'again.zip'), dataset);
  expect(Buffer.compare(await readFile(join(folder, 'again.zip')), bytes)).toBe(0);
});

/** Info-ZIP, where the machine has it. */
const hasUnzip = await promisify(execFile)('unzip', ['-v']).then(
  () => true,
  () => false,
);
test.skipIf(!hasUnzip)('unzip finds no fault', async () => {
  const archive = join(folder, 'tested.zip');
  await writeZip(archive, dataset);
  const { stdout } = await promisify(execFile)('unzip', ['-t', archive]);
  expect(stdout).toContain('No errors detected');
});

test('what does not fit into an archive without zip64 is refused, and nothing is left', async () => {
  const large = join(folder, 'large');
  await mkdir(large);
  const file = await open(join(large, 'bold.nii.gz'), 'w');
  await file.truncate(2 ** 32); // a hole: it takes no room
  await file.close();
  const archive = join(folder, 'large.zip');
  await expect(writeZip(archive, large)).rejects.toMatchObject({
    code: 'output/too-large-for-zip',
    expected: expect.stringContaining('4 GiB'),
  });
  expect((await readdir(folder)).filter((name) => name.includes('large'))).toEqual(['large']);
});

test('what a killed process left of an archive goes', async () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  await writeFile(join(folder, `.again.zip.partial-${dead}`), 'half');
  await writeZip(join(folder, 'again.zip'), dataset);
  expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('--zip packs what was exported; an archive that is there is refused first', async () => {
  const recordings = join(folder, 'recordings');
  await writeRecordings(recordings, [simulateRecording({ prompts: 3 })]);
  const out = join(folder, 'packed');
  await writeFile(`${out}.zip`, 'old');
  const streams = captured();
  const argv = ['export', recordings, out, '--zip', '--quiet'];
  expect([await main(argv, streams), await readdir(folder)]).toEqual([
    2,
    expect.not.arrayContaining(['packed']),
  ]);
  expect(await main([...argv, '--force'], streams)).toBe(0);
  const files = Object.keys(unzipSync(new Uint8Array(await readFile(`${out}.zip`))));
  expect(files.sort()).toEqual((await filesBelow(out)).map((name) => `packed/${name}`));
});
