import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { PACKAGE_ROOT } from '../../src/files/versions.js';
import { largestRelative, table } from '../golden/read.js';
import { goldenDataset } from './golden-dataset.js';
import { captured } from './streams.js';

/** BIDS Stats Models over three subjects, of whom two have one of the golden runs and one has both. */
let folder: string;
let made: Awaited<ReturnType<typeof goldenDataset>>;
const SUBJECTS = ['01', '02', '03'];
const AGES = [20, 33, 51];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-model-'));
  made = await goldenDataset(folder, { '01': [1, 2], '02': [1], '03': [2] });
  const rows = SUBJECTS.map((subject, s) => `sub-${subject}\t${AGES[s]}`);
  await writeFile(
    join(made.dataset, 'participants.tsv'),
    `participant_id\tage\n${rows.join('\n')}\n`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

const RUN = {
  Level: 'Run',
  Name: 'run',
  GroupBy: ['run', 'subject'],
  Transformations: {
    Transformer: 'pybids-transforms-v1',
    Instructions: [{ Name: 'Factor', Input: ['trial_type'] }],
  },
  Model: { Type: 'glm', X: ['trial_type.*', 1], Software: { boldbridge: { noise: 'ar1' } } },
  DummyContrasts: { Test: 't', Contrasts: ['trial_type.a'] },
};
const SUBJECT = {
  Level: 'Subject',
  Name: 'subject',
  GroupBy: ['subject', 'contrast'],
  Model: { Type: 'meta', X: [1] },
  DummyContrasts: { Test: 't' },
};
const DATASET = {
  Level: 'Dataset',
  Name: 'dataset',
  GroupBy: ['contrast'],
  Model: { Type: 'glm', X: [1] },
  DummyContrasts: { Test: 't' },
};

async function glm(name: string, model: unknown, ...flags: string[]) {
  const file = join(folder, `${name}_smdl.json`);
  await writeFile(file, JSON.stringify(model));
  const streams = captured();
  const argv = ['glm', made.dataset, join(folder, name), '--mask', made.mask, '--json'];
  const code = await main([...argv, '--model', file, ...flags], streams);
  return code === 0 ? null : JSON.parse(streams.errors()).error;
}
const model = (...Nodes: unknown[]) => ({ Name: 'test', BIDSModelVersion: '1.0.0', Nodes });
const values = (name: string, rest: string) =>
  made.values(join(folder, name, `${rest}_statmap.nii.gz`));

describe('runs, subjects, dataset', () => {
  test('run maps are nilearn’s; subjects’ are fixed effects; the dataset’s t is that of subjects', async () => {
    expect(await glm('levels', model(RUN, SUBJECT, DATASET))).toBe(null);
    const golden = table('boxcar-ar1/run-1_maps.tsv');
    const own = await values('levels', 'sub-01/func/sub-01_task-x_run-1_contrast-a_stat-t');
    expect(largestRelative(own, golden.number('a_t'))).toBeLessThan(1e-6);
    const fixed = await values('levels', 'sub-01/func/sub-01_contrast-a_stat-t');
    const both = table('boxcar-ar1/fixed-effects_maps.tsv').number('a_sum_t');
    expect(largestRelative(fixed, both)).toBeLessThan(1e-6);
    const effects = await Promise.all(
      SUBJECTS.map((s) => values('levels', `sub-${s}/func/sub-${s}_contrast-a_stat-effect`)),
    );
    const t = await values('levels', 'group/contrast-a_stat-t');
    t.forEach((value, u) => {
      const own = effects.map((effect) => effect[u]);
      const mean = own.reduce((a, b) => a + b) / 3;
      const sd = Math.sqrt(own.reduce((sum, e) => sum + (e - mean) ** 2, 0) / 2);
      expect(Math.abs(value - mean / (sd / Math.sqrt(3)))).toBeLessThan(
        1e-3 * (1 + Math.abs(value)),
      );
    });
  });

  test('a column of participants.tsv: its slope over subjects', async () => {
    const withAge = {
      ...DATASET,
      Model: { Type: 'glm', X: [1, 'age'] },
      DummyContrasts: false,
      Contrasts: [{ Name: 'age', ConditionList: ['age'], Weights: [1], Test: 't' }],
    };
    expect(await glm('age', model(RUN, SUBJECT, withAge))).toBe(null);
    const effects = await Promise.all(
      SUBJECTS.map((s) => values('age', `sub-${s}/func/sub-${s}_contrast-a_stat-effect`)),
    );
    const slope = await values('age', 'group/contrast-a+age_stat-effect');
    const centre = AGES.reduce((a, b) => a + b) / 3;
    const square = AGES.reduce((sum, age) => sum + (age - centre) ** 2, 0);
    const expected = slope.map(
      (_, u) => AGES.reduce((sum, age, s) => sum + (age - centre) * effects[s][u], 0) / square,
    );
    const largest = Math.max(...expected.map(Math.abs));
    slope.forEach((value, u) => {
      expect(Math.abs(value - expected[u])).toBeLessThan(1e-5 * largest);
    });
  });

  test('Input and an edge’s Filter leave out what they do not name', async () => {
    const two = [RUN, SUBJECT, { ...DATASET }];
    const both = { ...RUN, DummyContrasts: { Test: 't', Contrasts: ['trial_type.*'] } };
    const filtered = {
      ...model(both, two[1], two[2]),
      Input: { subject: ['01', '02'] },
      Edges: [
        { Source: 'run', Destination: 'subject' },
        { Source: 'subject', Destination: 'dataset', Filter: { contrast: ['b'] } },
      ],
    };
    expect(await glm('filtered', filtered)).toBe(null);
    const sidecar = await readFile(
      join(folder, 'filtered/group/contrast-b_stat-t_statmap.json'),
      'utf8',
    );
    expect(JSON.parse(sidecar)).toMatchObject({ DegreesOfFreedom: 1, Subjects: ['01', '02'] });
    await expect(values('filtered', 'group/contrast-a_stat-t')).rejects.toThrow(/contrast-a/);
    await expect(values('filtered', 'sub-03/func/sub-03_contrast-a_stat-t')).rejects.toThrow(
      /sub-03/,
    );
  });
});

test('Convolve and Model.HRF with a high-pass filter are the flags’ and nilearn’s', async () => {
  const golden = table('spm-cosine-ols/run-1_maps.tsv');
  const base = {
    ...RUN.Model,
    Options: { HighPassFilterCutoffHz: 0.01 },
    Software: { boldbridge: { noise: 'ols' } },
  };
  const [factor] = RUN.Transformations.Instructions;
  const convolve = { Name: 'Convolve', Model: 'spm', Input: ['trial_type.*'] };
  const [own, other] = [
    { ...RUN, Model: { ...base, HRF: { Variables: ['trial_type.*'], Model: 'DoubleGamma' } } },
    {
      ...RUN,
      Model: base,
      Transformations: { ...RUN.Transformations, Instructions: [factor, convolve] },
    },
  ];
  for (const [name, run] of Object.entries({ hrf: own, convolve: other })) {
    expect(await glm(name, model(run, SUBJECT))).toBe(null);
    const t = await values(name, 'sub-01/func/sub-01_task-x_run-1_contrast-a_stat-t');
    expect(largestRelative(t, golden.number('a_t')), name).toBeLessThan(1e-6);
  }
});

test('the F test of a model is nilearn’s', async () => {
  const list = ['trial_type.a', 'trial_type.b', 'trial_type.c'];
  const Weights = list.map((_, i) => list.map((_, j) => (i === j ? 1 : 0)));
  const any = { Name: 'any', ConditionList: list, Weights, Test: 'F' };
  expect(await glm('any', model({ ...RUN, Contrasts: [any] }))).toBe(null);
  const own = await values('any', 'sub-01/func/sub-01_task-x_run-1_contrast-any_stat-F');
  const expected = table('boxcar-ar1/run-1_maps.tsv').number('any_F');
  expect(largestRelative(own, expected)).toBeLessThan(1e-6);
});

test('the example in bids-templates is a model that can be fitted', async () => {
  const file = join(PACKAGE_ROOT, 'bids-templates/models/fmri_smdl.json');
  expect(await glm('example', JSON.parse(await readFile(file, 'utf8')))).toBe(null);
});

test.each([
  [
    'a variable that is not there',
    { ...RUN, Model: { Type: 'glm', X: ['trial_type.z', 1] } },
    'design/unknown-condition',
    /trial_type\.z/,
  ],
  [
    'a confound that is not there',
    { ...RUN, Model: { Type: 'glm', X: ['trial_type.*', 'motion', 1] } },
    'file/missing-column',
    /motion|wave/,
  ],
  [
    'inference of prompts without prompts',
    { ...RUN, Model: { ...RUN.Model, Software: { boldbridge: { inference: 'mixed' } } } },
    'design/no-prompts',
    /mixed/,
  ],
  [
    'a transformation of what is not there',
    {
      ...RUN,
      Transformations: {
        ...RUN.Transformations,
        Instructions: [{ Name: 'Factor', Input: ['kind'] }],
      },
    },
    'design/transformation',
    /kind/,
  ],
])('%s is refused', async (name, run, code, given) => {
  const error = await glm(`refused ${name}`, model(run, SUBJECT));
  expect(error.code).toBe(code);
  expect(error.given).toMatch(given);
});
