import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listRuns } from '../../src/bids/runs.js';

let root: string;
const FILES: Readonly<Record<string, string>> = {
  'bold.json': '{"Manufacturer": "top", "RepetitionTime": 1}',
  'task-x_bold.json': '{"RepetitionTime": 2, "TaskName": "x"}',
  'task-y_bold.json': '{"RepetitionTime": 9}',
  'task-y_events.tsv': 'onset\tduration\n0\t1\n',
  'sub-02/ses-b/func/sub-02_ses-b_task-x_run-1_bold.nii.gz': '',
  'sub-02/ses-b/func/sub-02_ses-b_task-x_run-1_bold.json': '{"EchoTime": 0.03}',
  'sub-02/ses-b/sub-02_ses-b_bold.json': '{"RepetitionTime": 3}',
  'sub-02/ses-b/func/sub-02_ses-b_task-x_run-1_events.tsv': 'onset\tduration\n0\t1\n',
  'sub-01/func/sub-01_task-y_bold.nii': '',
  'sub-01/func/sub-01_task-rest_bold.nii.gz': '',
  'sub-01/func/sub-01_task-rest_sbref.nii.gz': '',
  'sub-01/anat/sub-01_T1w.nii.gz': '',
  'derivatives/prep/sub-02/ses-b/func/sub-02_ses-b_task-x_run-1_desc-confounds_timeseries.tsv':
    'a\n1\n',
  'derivatives/prep/sub-02/ses-b/func/sub-02_ses-b_task-x_run-1_space-MNI_desc-preproc_bold.nii.gz':
    '',
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'runs-'));
  for (const [name, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
});
afterAll(() => rm(root, { recursive: true }));

test('runs are found with and without sessions, sorted, with what belongs to them', async () => {
  const runs = await listRuns(root);
  expect(runs.map(({ bold }) => bold.slice(root.length + 1))).toEqual([
    'sub-01/func/sub-01_task-rest_bold.nii.gz',
    'sub-01/func/sub-01_task-y_bold.nii',
    'sub-02/ses-b/func/sub-02_ses-b_task-x_run-1_bold.nii.gz',
  ]);
  const [rest, y, x] = runs;
  expect([rest.events, rest.confounds]).toEqual([null, null]);
  expect(rest.sidecar).toEqual({ Manufacturer: 'top', RepetitionTime: 1 });
  expect(y.events).toBe(join(root, 'task-y_events.tsv'));
  expect(x.entities).toEqual({ sub: '02', ses: 'b', task: 'x', run: '1' });
  expect(x.confounds).toMatch(/prep.*desc-confounds_timeseries\.tsv$/);
});

test('sidecars are inherited, the nearer and more specific overriding', async () => {
  const x = (await listRuns(root)).find(({ entities }) => entities.task === 'x')!;
  expect(x.sidecar).toEqual({
    Manufacturer: 'top',
    TaskName: 'x',
    RepetitionTime: 3,
    EchoTime: 0.03,
  });
});

test('a preprocessed dataset is read alike', async () => {
  const [run] = await listRuns(join(root, 'derivatives/prep'));
  expect(run.entities).toMatchObject({ space: 'MNI', desc: 'preproc' });
  expect(run.confounds).not.toBeNull();
});

test('a folder without runs, and a bad sidecar, are refused', async () => {
  await expect(listRuns(join(root, 'derivatives'))).rejects.toMatchObject({ code: 'file/no-runs' });
  await expect(listRuns(join(root, 'none'))).rejects.toMatchObject({ code: 'file/no-runs' });
  await writeFile(join(root, 'bold.json'), '[1');
  await expect(listRuns(root)).rejects.toMatchObject({ code: 'file/not-json' });
});
