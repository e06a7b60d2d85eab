import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contrastTable } from '../../../src/tools/contrast-table.js';
import { contrastsHandedOver } from '../../../src/tools/read/handed-over.js';

const contrast = (name: string) => ({ name, weights: new Map([['law', 1]]) });
const contrasts = {
  t: [contrast('law'), contrast('lawMinusArt')],
  f: [{ name: 'any', rows: [contrast('law')] }],
};
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'boldbridge-handed-'));
  const run = join(root, 'sub-01_task-x_run-1');
  await mkdir(run);
  const labels = { t: ['t_law', 't_lawMinusArt'], f: ['F_any'] };
  await writeFile(join(run, 'contrasts.tsv'), contrastTable({ contrasts }, labels));
});

afterAll(() => rm(root, { recursive: true }));

test.each([
  'results/film/sub-01_task-x_run-1/stats',
  'results/feat/sub-01_task-x_run-1.feat/stats',
  'results/feat/sub-01_task-x.gfeat/cope2.feat/stats',
  'results/sub-01_task-x_run-1/ols.nii.gz',
])('%s has the names of the contrasts in the folder of its run', async (path) => {
  expect(await contrastsHandedOver(join(root, path))).toEqual([
    { test: 't', number: 1, label: 't_law', contrast: 'law' },
    { test: 't', number: 2, label: 't_lawMinusArt', contrast: 'lawMinusArt' },
    { test: 'F', number: 1, label: 'F_any', contrast: 'any' },
  ]);
});

test.each(['results/film/sub-02_task-x_run-1/stats', 'results/film/sub-01_task-xy/stats'])(
  '%s comes from another handoff or none',
  async (path) => {
    expect(await contrastsHandedOver(join(root, path))).toBeNull();
  },
);
