import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { openMask } from '../../src/image/mask.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { readMap } from '../../src/image/voxels.js';
import { writeMap } from '../../src/image/write-nifti.js';
import { golden, largestRelative, table } from '../golden/read.js';
import { captured } from './streams.js';

/** The whole way from image files to maps, against nilearn's numbers for the same files. */
let folder: string;
let dataset: string;
const mask = () => join(folder, 'mask.nii.gz');

const maps = table('boxcar-ar1/run-1_maps.tsv');
const shape = [10, 10, 6] as const;
const voxels = maps
  .number('i')
  .map((i, u) => i + shape[0] * (maps.number('j')[u] + shape[1] * maps.number('k')[u]));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-test-'));
  dataset = join(folder, 'dataset');
  const func = join(dataset, 'sub-01', 'func');
  const confounds = join(dataset, 'derivatives', 'fmriprep', 'sub-01', 'func');
  await mkdir(func, { recursive: true });
  await mkdir(confounds, { recursive: true });
  for (const run of [1, 2]) {
    const name = (rest: string) => `sub-01_task-x_run-${run}_${rest}`;
    await cp(golden(name('bold.nii.gz')), join(func, name('bold.nii.gz')));
    await cp(golden(name('events.tsv')), join(func, name('events.tsv')));
    const table = name('desc-confounds_timeseries.tsv');
    await cp(golden(table), join(confounds, table));
  }
  await writeFile(join(dataset, 'dataset_description.json'), '{"Name":"x","BIDSVersion":"1.11.0"}');
  await writeFile(join(dataset, 'task-x_bold.json'), '{"TaskName":"x","RepetitionTime":1.5}');
  const image = await openNifti(join(func, 'sub-01_task-x_run-1_bold.nii.gz'));
  const grid = { shape, affine: image.affine, voxelOfUnit: Int32Array.from(voxels) };
  await writeMap(mask(), { grid, values: voxels.map(() => 1), dtype: 'uint8' });
});
afterAll(() => rm(folder, { recursive: true }));

async function glm(out: string, ...flags: string[]) {
  const streams = captured();
  const argv = ['glm', dataset, join(folder, out), '--mask', mask(), '--json', ...flags];
  const code = await main([...argv, '--contrast', 'a', '--contrast', 'aMinusB = a - b'], streams);
  expect(streams.errors()).toBe('');
  expect(code).toBe(0);
  return JSON.parse(streams.output());
}

async function written(out: string, run: string, contrast: string, stat: string) {
  const name = `sub-01_task-x${run}_contrast-${contrast}_stat-${stat}_statmap.nii.gz`;
  const map = await readMap(await openNifti(join(folder, out, 'sub-01', 'func', name)));
  return voxels.map((voxel) => map[voxel]);
}

const configurations = {
  'boxcar-ar1': ['--hrf', 'none', '--drift', 'none', '--noise', 'ar1'],
  'boxcar-poly-ols': [
    '--hrf',
    'none',
    '--drift',
    'polynomial',
    '--drift-order',
    '2',
    '--noise',
    'ols',
    '--confounds',
    'wave',
    '--confounds',
    'noise',
  ],
  'spm-cosine-ols': ['--hrf', 'spm', '--drift', 'cosine', '--high-pass', '0.01', '--noise', 'ols'],
  'glover-cosine-ar1': [
    '--hrf',
    'glover',
    '--slice-time-ref',
    '0.5',
    '--confounds',
    'wave',
    '--confounds',
    'noise',
  ],
};

describe.each(Object.entries(configurations))('%s', (name, flags) => {
  test('every map of every run is nilearn’s, to 1e-6 relative', async () => {
    await glm(name, '--inference', 'volumes', ...flags);
    for (const run of [1, 2]) {
      const expected = table(`${name}/run-${run}_maps.tsv`);
      for (const contrast of ['a', 'aMinusB']) {
        for (const stat of ['effect', 'variance', 't', 'z', 'p']) {
          const own = await written(name, `_run-${run}`, contrast, stat);
          const theirs = expected.number(`${contrast}_${stat}`);
          expect(largestRelative(own, theirs), `${contrast} ${stat}`).toBeLessThan(1e-6);
        }
      }
    }
  });

  test('the runs together are nilearn’s fixed effects', async () => {
    const expected = table(`${name}/fixed-effects_maps.tsv`);
    for (const stat of ['effect', 'variance', 't', 'z']) {
      const own = await written(name, '', 'a', stat);
      expect(largestRelative(own, expected.number(`a_sum_${stat}`)), stat).toBeLessThan(1e-6);
    }
  });
});

test('an unpacked image gives the same maps as a packed one', async () => {
  const before = await written('boxcar-ar1', '_run-1', 'a', 't');
  for (const run of [1, 2]) {
    const packed = join(dataset, 'sub-01', 'func', `sub-01_task-x_run-${run}_bold.nii.gz`);
    await writeFile(packed.slice(0, -3), gunzipSync(await readFile(packed)));
    await rm(packed);
  }
  await glm('unpacked', '--inference', 'volumes', ...configurations['boxcar-ar1']);
  expect(await written('unpacked', '_run-1', 'a', 't')).toEqual(before);
});

test('without prompts in the events the model is that of fMRI', async () => {
  const summary = await glm('default');
  expect(summary.inference).toBe('volumes');
  const design = join(folder, 'default', 'sub-01', 'func', 'sub-01_task-x_run-1_design.json');
  expect(JSON.parse(await readFile(design, 'utf8'))).toMatchObject({
    HRF: 'glover',
    NoiseModel: 'ar1',
    Drift: { model: 'cosine', highPass: 0.01 },
  });
  expect((await openMask(mask())).voxels).toHaveLength(voxels.length);
});
