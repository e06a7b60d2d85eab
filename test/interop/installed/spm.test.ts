import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../../src/cli.js';
import { goldenDataset } from '../../workflow/golden-dataset.js';
import { captured } from '../../workflow/streams.js';

let folder: string;
const path = (...parts: string[]) => join(folder, ...parts);
const call = promisify(execFile);
const NAME = 'sub-01_task-x_run-1';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handoff spm ')); // a path with blanks
});
afterAll(() => rm(folder, { recursive: true }));

describe('SPM itself, under Octave', () => {
  test('fits the folder without a hand edit, and its least-squares t are ours', async () => {
    const { dataset, mask, values } = await goldenDataset(folder);
    const model = path('model_smdl.json');
    await writeFile(model, JSON.stringify(LEAST_SQUARES));
    const run = async (...argv: string[]) => {
      const streams = captured();
      const asked = [...argv, '--mask', mask, '--model', model, '--quiet'];
      expect([await main(asked, streams), streams.errors()]).toEqual([0, '']);
    };
    await run('glm', dataset, path('glm'));
    await run('handoff', 'spm', dataset, path('handoff'));
    const fitted = (...models: string[]) =>
      call('bash', [path('handoff', 'run.sh'), ...models], { maxBuffer: 1 << 26 });
    await fitted(NAME, 'sub-01_task-x');
    for (const [image, contrast, stat] of [
      ['spmT_0001', 'a', 't'],
      ['spmT_0002', 'aMinusB', 't'],
      ['spmF_0003', 'any', 'F'],
    ]) {
      const map = `${NAME}_contrast-${contrast}_stat-${stat}_statmap.nii.gz`;
      const ours = await values(path('glm', 'sub-01', 'func', map));
      const theirs = await values(path('handoff', NAME, 'spm', `${image}.nii`));
      const difference = Math.max(...ours.map((value, u) => Math.abs(value - theirs[u])));
      expect(difference, map).toBeLessThan(1e-4);
      expect(Math.max(...ours), map).toBeGreaterThan(2);
    }
    // Sessions together: each test of the mean, then of each session.
    const joint = await values(path('handoff', 'sub-01_task-x', 'spm', 'spmT_0004.nii'));
    expect(Math.max(...joint)).toBeGreaterThan(2);
    // A model that cannot be fitted ends with an error code.
    await expect(fitted('no-model')).rejects.toMatchObject({ code: 1 });
  });
});

const LEAST_SQUARES = {
  Name: 'least squares',
  BIDSModelVersion: '1.0.0',
  Nodes: [
    {
      Level: 'Run',
      Name: 'run',
      GroupBy: ['subject', 'task', 'run'],
      Transformations: {
        Transformer: 'pybids-transforms-v1',
        Instructions: [
          { Name: 'Factor', Input: ['trial_type'] },
          { Name: 'Convolve', Input: ['trial_type.*'], Model: 'spm' },
        ],
      },
      Model: {
        Type: 'glm',
        X: ['trial_type.*', 1],
        Options: { HighPassFilterCutoffHz: 0.01 },
        Software: { boldbridge: { inference: 'volumes', noise: 'ols' } },
      },
      Contrasts: [
        { Name: 'a', ConditionList: ['trial_type.a'], Weights: [1], Test: 't' },
        {
          ...{ Name: 'aMinusB', ConditionList: ['trial_type.a', 'trial_type.b'] },
          ...{ Weights: [1, -1], Test: 't' },
        },
        {
          ...{ Name: 'any', ConditionList: ['trial_type.a', 'trial_type.b'], Test: 'F' },
          Weights: [
            [1, 0],
            [0, 1],
          ],
        },
      ],
    },
  ],
} as const;
