import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { golden, largestRelative, table } from '../golden/read.js';
import { goldenDataset } from './golden-dataset.js';
import { captured } from './streams.js';

/** The golden runs of each session of two subjects. */
const SESSIONS = {
  '01': { one: [1, 2], two: [1] },
  '02': { one: [1], two: [2] },
} as const;

const averaging = (Level: string, GroupBy: readonly string[]) => ({
  ...{ Level, Name: Level, GroupBy },
  Model: { Type: 'meta', X: [1] },
  DummyContrasts: { Test: 't' },
});
const MODEL = {
  Name: 'sessions',
  BIDSModelVersion: '1.0.0',
  Nodes: [
    {
      ...{ Level: 'Run', Name: 'Run', GroupBy: ['run', 'session', 'subject'] },
      Transformations: {
        Transformer: 'pybids-transforms-v1',
        Instructions: [{ Name: 'Factor', Input: ['trial_type'] }],
      },
      Model: { Type: 'glm', X: ['trial_type.*', 1], Software: { boldbridge: { noise: 'ar1' } } },
      DummyContrasts: { Test: 't', Contrasts: ['trial_type.a'] },
    },
    averaging('Session', ['session', 'subject', 'contrast']),
    averaging('Subject', ['subject', 'contrast']),
    {
      ...{ Level: 'Dataset', Name: 'Dataset', GroupBy: ['contrast'] },
      Model: { Type: 'glm', X: [1] },
      DummyContrasts: { Test: 't' },
    },
  ],
};

let folder: string;
let values: (path: string) => Promise<number[]>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-sessions-'));
  for (const [subject, sessions] of Object.entries(SESSIONS))
    for (const [session, runs] of Object.entries(sessions)) {
      const func = join(folder, 'dataset', `sub-${subject}`, `ses-${session}`, 'func');
      await mkdir(func, { recursive: true });
      for (const run of runs)
        for (const rest of [`task-x_run-${run}_bold.nii.gz`, `task-x_run-${run}_events.tsv`])
          await cp(golden(`sub-01_${rest}`), join(func, `sub-${subject}_ses-${session}_${rest}`));
    }
  const made = await goldenDataset(folder, {});
  const model = join(folder, 'sessions_smdl.json');
  await writeFile(model, JSON.stringify(MODEL));
  const streams = captured();
  const argv = ['glm', made.dataset, join(folder, 'out'), '--mask', made.mask, '--model', model];
  expect([await main([...argv, '--quiet'], streams), streams.errors()]).toEqual([0, '']);
  values = (path) => made.values(join(folder, 'out', `${path}_statmap.nii.gz`));
});
afterAll(() => rm(folder, { recursive: true }));

const mean = (a: readonly number[], b: readonly number[]) => a.map((v, u) => (v + b[u]) / 2);
const ofSession = (sub: string, ses: string, stat: string) =>
  values(`sub-${sub}/ses-${ses}/func/sub-${sub}_ses-${ses}_contrast-a_stat-${stat}`);
const ofSubject = (sub: string, stat: string) =>
  values(`sub-${sub}/func/sub-${sub}_contrast-a_stat-${stat}`);

test('a session of two runs has nilearn’s fixed effects of them, one of one run that run’s', async () => {
  const both = table('boxcar-ar1/fixed-effects_maps.tsv').number('a_sum_t');
  expect(largestRelative(await ofSession('01', 'one', 't'), both)).toBeLessThan(1e-6);
  const single = table('boxcar-ar1/run-1_maps.tsv').number('a_t');
  expect(largestRelative(await ofSession('01', 'two', 't'), single)).toBeLessThan(1e-6);
});

/** Maps are float32, and sessions of opposite sign nearly cancel. */
const ROUNDING = 1e-4;

test('a subject is the mean of its sessions, whatever their runs; its variance that of a mean', async () => {
  for (const sub of ['01', '02']) {
    const [one, two] = await Promise.all(['one', 'two'].map((s) => ofSession(sub, s, 'effect')));
    expect(largestRelative(await ofSubject(sub, 'effect'), mean(one, two))).toBeLessThan(ROUNDING);
    const parts = await Promise.all(['one', 'two'].map((s) => ofSession(sub, s, 'variance')));
    const variance = mean(parts[0], parts[1]).map((v) => v / 2);
    expect(largestRelative(await ofSubject(sub, 'variance'), variance)).toBeLessThan(ROUNDING);
    const t = mean(one, two).map((effect, u) => effect / Math.sqrt(variance[u]));
    expect(largestRelative(await ofSubject(sub, 't'), t)).toBeLessThan(ROUNDING);
  }
});

test('the dataset is the one-sample t of the subjects', async () => {
  const [one, two] = await Promise.all(['01', '02'].map((sub) => ofSubject(sub, 'effect')));
  const effect = await values('group/contrast-a_stat-effect');
  expect(largestRelative(effect, mean(one, two))).toBeLessThan(ROUNDING);
  const t = await values('group/contrast-a_stat-t');
  const expected = one.map((v, u) => (v + two[u]) / Math.abs(v - two[u]));
  expect(largestRelative(t, expected)).toBeLessThan(1e-3);
});
