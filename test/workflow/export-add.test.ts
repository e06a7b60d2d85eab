import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readUnits } from '../../src/bids/units.js';
import { main } from '../../src/cli.js';
import type { Recording } from '../../src/core/recording.js';
import { filesBelow } from '../../src/files/below.js';
import { parseTsv, textColumn } from '../../src/files/tsv.js';
import { exportDataset } from '../../src/workflow/export.js';
import { decoderModules, type Simulation, simulateRecording } from './simulate.js';
import { captured } from './streams.js';
import { writeRecordings } from './write-recordings.js';

const simulate = (simulation: Simulation = {}) =>
  simulateRecording({ modules: decoderModules(1), prompts: 4, tokens: 3, ...simulation });
const one = simulate();
const a1 = simulate({ seed: 2, id: { subject: '02', session: 'a' } });
const a2 = simulate({ seed: 3, id: { subject: '02', session: 'a', run: 2 } });
const b1 = simulate({ seed: 4, id: { subject: '02', session: 'b', task: 'other' } });
/** A checkpoint of another revision. */
const b1Later: Recording = {
  ...b1,
  provenance: { ...b1.provenance, model: { ...b1.provenance.model, revision: 'step2' } },
};
const wide = simulate({
  seed: 5,
  id: { subject: '03' },
  modules: decoderModules(2),
  prompts: 6,
});

let folder: string;
let dataset: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'add-'));
});
afterAll(() => rm(folder, { recursive: true }));
let count = 0;
beforeEach(() => {
  dataset = join(folder, `dataset-${++count}`);
});

const write = (recordings: readonly Recording[], more: object = {}) =>
  exportDataset({ recordings, dataset, force: false, command: 'first', ...more });
const add = (recordings: readonly Recording[], more: object = {}) =>
  write(recordings, { add: true, command: 'second', ...more });

/** Of every file its bytes' sum and its time. */
async function states(): Promise<Map<string, string>> {
  const files = await filesBelow(dataset);
  const of = async (file: string) => {
    const sum = createHash('sha256').update(await readFile(join(dataset, file)));
    return `${sum.digest('hex')} ${(await stat(join(dataset, file))).mtimeMs}`;
  };
  return new Map(await Promise.all(files.map(async (file) => [file, await of(file)] as const)));
}
const changedBetween = (old: Map<string, string>, now: Map<string, string>) =>
  [...old.keys()].filter((file) => old.get(file) !== now.get(file));

const text = (file: string) => readFile(join(dataset, file), 'utf8');
const json = async (file: string) => JSON.parse(await text(file));
const column = async (file: string, name: string) =>
  textColumn(parseTsv(await text(file), file), name, file);
const temporaries = async () => (await readdir(folder)).filter((name) => name.startsWith('.'));

const DESCRIPTIONS = [
  'CHANGES',
  'dataset_description.json',
  'derivatives/boldbridge/dataset_description.json',
];

test('added subjects and sessions stand beside the old, whose files are not touched', async () => {
  await write([one, a1]);
  const old = await states();
  const { sessions } = await add([b1Later, wide]);
  expect(sessions).toEqual({ added: ['sub-02 ses-b', 'sub-03'], replaced: [], unchanged: [] });
  const now = await states();
  expect(changedBetween(old, now).sort()).toEqual(
    [...DESCRIPTIONS, 'participants.tsv', 'sub-02/sub-02_sessions.tsv'].sort(),
  );
  expect(await column('participants.tsv', 'participant_id')).toEqual([
    'sub-01',
    'sub-02',
    'sub-03',
  ]);
  expect(await column('participants.tsv', 'revision')).toEqual(['main', 'n/a', 'main']);
  expect(await column('sub-02/sub-02_sessions.tsv', 'session_id')).toEqual(['ses-a', 'ses-b']);
  expect(await column('sub-02/sub-02_sessions.tsv', 'revision')).toEqual(['main', 'step2']);
  expect(await text('CHANGES')).toMatch(
    /^1\.1\.0\n {2}- Added sub-02 ses-b, sub-03\.\n[\s\S]*\n1\.0\.0\n/,
  );
  expect((await json('dataset_description.json')).GeneratedBy).toMatchObject([
    { Description: 'first' },
    { Description: 'second' },
  ]);
  expect(await temporaries()).toEqual([]);
});

test('what was added is, to the byte, what an export of everything gives', async () => {
  await write([one, a1]);
  await add([b1, wide]);
  const added = dataset;
  const files = await filesBelow(added);
  dataset = join(folder, 'at-once');
  await write([one, a1, b1, wide]);
  expect(await filesBelow(dataset)).toEqual(files);
  for (const file of files.filter((name) => !DESCRIPTIONS.includes(name)))
    expect(await readFile(join(added, file)), file).toEqual(await readFile(join(dataset, file)));
});

test('a run added to a session has the session written again, from all its recordings', async () => {
  await write([one, a1]);
  const old = await states();
  const units = 'derivatives/boldbridge/sub-02/ses-a/anat/sub-02_ses-a_desc-units_table.tsv';
  const before = (await readUnits(join(dataset, units))).intensity;
  const { sessions } = await add([a1, a2]);
  expect(sessions).toEqual({ added: [], replaced: ['sub-02 ses-a'], unchanged: [] });
  const after = (await readUnits(join(dataset, units))).intensity;
  const u = before.sd.findIndex((sd) => sd > 0);
  expect(after.mean[u]).not.toBe(before.mean[u]);
  const now = await states();
  const outside = changedBetween(old, now).filter((file) => !file.includes('ses-a'));
  expect(outside.sort()).toEqual([...DESCRIPTIONS, 'sub-02/sub-02_sessions.tsv'].sort());
  expect(await column('sub-02/sub-02_sessions.tsv', 'seed')).toEqual(['2, 3']);
  expect([...now.keys()]).toContain('sub-02/ses-a/func/sub-02_ses-a_task-topics_run-2_bold.nii.gz');
});

test('without the recordings of its old runs, a session is not written again', async () => {
  await write([one, a1]);
  const old = await states();
  await expect(add([a2])).rejects.toMatchObject({
    code: 'data/old-runs-missing',
    given: expect.stringContaining('sub-02 ses-a task-topics run-1'),
  });
  expect(await states()).toEqual(old);
});

test('exporting the same again changes nothing', async () => {
  await write([one, a1]);
  const old = await states();
  const { sessions } = await add([one, a1]);
  expect(sessions.unchanged).toEqual(['sub-01', 'sub-02 ses-a']);
  expect(await states()).toEqual(old);
});

test("patterns that the derivative's .bidsignore lacks are put below its own, once", async () => {
  await write([one]);
  const file = 'derivatives/boldbridge/.bidsignore';
  const ours = (await text(file)).trimEnd().split('\n');
  await writeFile(join(dataset, file), `mine.txt\n${ours.slice(2).join('\n')}\n`);
  await add([one]);
  const expected = ['mine.txt', ...ours.slice(2), ...ours.slice(0, 2), ''];
  expect((await text(file)).split('\n')).toEqual(expected);
  const old = await states();
  await add([one]);
  expect(await states()).toEqual(old);
});

test('an interrupted export leaves the dataset as it was', async () => {
  await write([one]);
  const old = await states();
  const failing = {
    ...b1,
    series: {
      ...b1.series,
      async *blocks() {
        for await (const block of b1.series.blocks()) {
          yield block;
          throw Object.assign(new Error('the disk is gone'), { code: 'EIO' });
        }
      },
    },
  };
  await expect(add([a1, failing])).rejects.toMatchObject({ code: 'EIO' });
  expect(await states()).toEqual(old);
  expect(await temporaries()).toEqual([]);
});

test("the owner's words, columns and files stay", async () => {
  await write([one, a1]);
  await writeFile(join(dataset, 'README.md'), 'My own words.\n');
  const rows = (await text('participants.tsv')).trimEnd().split('\n');
  const noted = rows.map((row, r) => `${row}\t${['note', 'first', 'second'][r]}`);
  await writeFile(join(dataset, 'participants.tsv'), `${noted.join('\n')}\n`);
  await writeFile(join(dataset, 'sub-02/ses-a/sub-02_ses-a_scans.tsv'), 'filename\n');
  await add([a1, a2, b1]);
  expect(await text('README.md')).toBe('My own words.\n');
  expect(await column('participants.tsv', 'note')).toEqual(['first', 'second']);
  expect(await text('sub-02/ses-a/sub-02_ses-a_scans.tsv')).toBe('filename\n');
});

test('other prompts get a table of their own, tables that nobody shows any more go', async () => {
  const others = simulate({ seed: 6, id: { subject: '04' }, prompts: 6 });
  const longer = simulate({ seed: 6, id: { subject: '04' }, prompts: 7 });
  await write([others]);
  await add([one]);
  expect(await readdir(join(dataset, 'stimuli'))).toEqual([
    'sub-01_task-topics_run-1_prompts.tsv',
    'task-topics_run-1_prompts.tsv',
  ]);
  await add([longer]);
  expect(await readdir(join(dataset, 'stimuli'))).toEqual([
    'sub-01_task-topics_run-1_prompts.tsv',
    'task-topics_run-1_prompts.tsv',
  ]);
  const file = 'sub-04/func/sub-04_task-topics_run-1_events.tsv';
  expect((await column(file, 'stim_file')).length).toBe(7);
  await add([simulate({ seed: 6, id: { subject: '04' }, prompts: 8 })]);
  expect(await column(file, 'stim_file')).toContain('task-topics_run-1_prompts.tsv');
});

test('conditions that come with new runs are described beside the old', async () => {
  await write([one]);
  const stimuli = a1.stimuli.map(({ event, text: own }) => ({
    event: { ...event, trialType: `${event.trialType}New` },
    text: own,
  }));
  await add([{ ...a1, stimuli }]);
  const { Levels } = (await json('task-topics_events.json')).trial_type;
  expect(Object.keys(Levels).sort()).toEqual([
    'archeology',
    'archeologyNew',
    'pathology',
    'pathologyNew',
  ]);
});

test('into an empty or absent folder, adding is exporting', async () => {
  const { sessions } = await add([one]);
  expect(sessions.added).toEqual(['sub-01']);
  expect(await text('CHANGES')).toMatch(/^1\.0\.0\n/);
});

test('tokens and prompts side by side can be added to', async () => {
  const both = { volumes: ['token', 'prompt'] };
  await write([one], both);
  const { sessions, runs } = await add([one, a1], both);
  expect(sessions).toEqual({ added: ['sub-02 ses-a'], replaced: [], unchanged: ['sub-01'] });
  expect(runs).toBe(4);
});

test.each([
  ['another kind of series', [a1], { volumes: ['prompt'] }, 'data/series-differ'],
  ['a haemodynamic response', [a1], { hemodynamics: 'spm' }, 'data/series-differ'],
  [
    'other modules of a subject',
    [simulate({ id: { subject: '02', session: 'b' }, modules: decoderModules(2) })],
    {},
    'data/modules-differ',
  ],
  [
    'a session of a subject that has none',
    [{ ...a1, id: { ...a1.id, subject: '01' } }],
    {},
    'data/some-sessions',
  ],
])('%s is refused', async (_, recordings, more, code) => {
  await write([one, { ...a1, id: { ...a1.id, session: 'first' } }]);
  const old = await states();
  await expect(add(recordings, more)).rejects.toMatchObject({ code });
  expect(await states()).toEqual(old);
});

test('a folder that is no dataset of ours is refused', async () => {
  await write([one]);
  await rm(join(dataset, 'derivatives'), { recursive: true });
  await expect(add([a1])).rejects.toMatchObject({ code: 'output/not-exported' });
});

test('on the command line: --add says what became of each session, and not with --force', async () => {
  const [old, all] = [join(folder, 'old'), join(folder, 'all')];
  await writeRecordings(old, [one]);
  await writeRecordings(all, [one, a1]);
  const run = async (...argv: string[]) => {
    const streams = captured();
    const exit = await main(['export', ...argv], streams);
    return { exit, text: streams.output() + streams.errors() };
  };
  expect((await run(old, dataset)).exit).toBe(0);
  expect(await run(all, dataset, '--add', '--force')).toMatchObject({
    exit: 2,
    text: expect.stringMatching(/--add.*cannot be used with.*--force/),
  });
  const { exit, text: told } = await run(all, dataset, '--add');
  expect(exit).toBe(0);
  expect(told).toMatch(/added +sub-02 ses-a\n.*unchanged +sub-01\n/s);
});
