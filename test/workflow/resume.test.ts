import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeRandom } from '../../src/math/random.js';
import { findRecordings } from '../../src/recording/read.js';
import { buildForTests, finished, start } from '../built.js';
import { writeSmallStudy } from './small-study.js';

/** More take longer: KILLS=20 in the environment. */
const KILLS = Number(process.env.KILLS ?? 8);
let folder: string;
let study: string;
const whole = () => join(folder, 'whole');

const record = (out: string, ...flags: string[]) =>
  start(['record', study, '--out', out, ...flags]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-test-'));
  study = await writeSmallStudy(folder, { tokens: '20', repeats: '3' });
  await buildForTests();
  expect(await finished(record(whole(), '--quiet'))).toMatchObject({ exit: 0, errors: '' });
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

const FILES = ['activations.npy', 'events.tsv', 'modules.tsv', 'recording.json', 'volumes.tsv'];

/** Every recording under a folder is the uninterrupted one's, byte for byte. */
async function expectSame(root: string): Promise<number> {
  const runs = await findRecordings(root).catch(() => []);
  for (const run of runs) {
    expect((await readdir(run)).sort()).toEqual(FILES);
    for (const file of FILES) {
      const same = await readFile(join(whole(), run.slice(root.length), file));
      expect((await readFile(join(run, file))).equals(same), join(run, file)).toBe(true);
    }
  }
  return runs.length;
}

test('killed at any moment, record --resume finishes with the same files', async () => {
  const random = makeRandom(11);
  const runs = await expectSame(whole());
  let root = '';
  let inRecording = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    // Where all runs are there already, a new folder is begun.
    if (root === '' || (await expectSame(root)) === runs) root = join(folder, `killed-${kill}`);
    const child = record(root, '--resume');
    const ended = finished(child);
    // Once in four at any time from the start, else while it records.
    const early = random.integer(4) === 0;
    if (!early)
      await Promise.race([new Promise((told) => child.stderr?.once('data', told)), ended]);
    await pause(early ? random.integer(900) : random.integer(150));
    child.kill('SIGKILL');
    const { exit, errors } = await ended;
    if (exit === null && errors !== '') inRecording++;
    await expectSame(root);
  }
  expect(inRecording).toBeGreaterThan(KILLS / 4);
  expect(await finished(record(root, '--resume', '--quiet'))).toMatchObject({
    exit: 0,
    errors: '',
  });
  expect(await expectSame(root)).toBe(runs);
  const left = await readdir(join(root, 'phantom'));
  expect(left.filter((name) => name.startsWith('.'))).toEqual([]);
}, 120_000);

test('runs that are there are kept, not recorded again', async () => {
  const root = join(folder, 'kept');
  await cp(whole(), root, { recursive: true });
  await rm(join(root, 'phantom', 'pathology_run-2'), { recursive: true });
  const { exit, output } = await finished(record(root, '--resume', '--json'));
  expect(exit).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ kept: 5, volumes: 12 * 20 });
  expect(await expectSame(root)).toBe(6);
});

test('recordings of another study are not mixed with this one', async () => {
  const root = join(folder, 'other');
  await cp(whole(), root, { recursive: true });
  const { exit, errors } = await finished(
    record(root, '--resume', '--json', '--modules', 'layers.*/fc1'),
  );
  expect([exit, JSON.parse(errors).error.code]).toEqual([2, 'output/other-recording']);
});

test('a file that may not grow further ends in a clear error and leaves nothing', async () => {
  const root = join(folder, 'full');
  const child = start(['record', study, '--out', root, '--json'], 'ulimit -f 500');
  const { exit, errors } = await finished(child);
  expect([exit, JSON.parse(errors).error.code]).toEqual([2, 'output/unwritable']);
  expect(await readdir(join(root, 'phantom'))).toEqual([]);
});
