import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { centredAffine } from '../../src/image/affine.js';
import { openMask } from '../../src/image/mask.js';
import { writeSeries } from '../../src/image/write-nifti.js';
import { normals } from '../glm/simulate.js';
import { seriesOfValues } from './simulate.js';
import { captured } from './streams.js';

/** A small dataset with a head of 9 voxels across in each of two runs, without a mask. */
let folder: string;
const shape = [15, 15, 15] as const;
const SIZE = 15 ** 3;
const VOLUMES = 24;
const isInside = (v: number) =>
  [v % 15, Math.floor(v / 15) % 15, Math.floor(v / 225)].reduce((s, x) => s + (x - 7) ** 2, 0) <=
  26;
const head = Array.from({ length: SIZE }, (_, v) => v).filter(isInside);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-mask-'));
  const func = join(folder, 'dataset/sub-01/func');
  await mkdir(func, { recursive: true });
  const voxelOfUnit = Int32Array.from({ length: SIZE }, (_, v) => v);
  const grid = { shape, affine: centredAffine(shape, 3), voxelOfUnit };
  for (const run of [1, 2]) {
    const noise = normals(VOLUMES * SIZE, run);
    const values = Float32Array.from(noise, (v, i) => (isInside(i % SIZE) ? 900 : 100) + 20 * v);
    const name = join(func, `sub-01_task-x_run-${run}`);
    const series = seriesOfValues(values, SIZE);
    await writeSeries(`${name}_bold.nii.gz`, { grid, series, repetitionTime: 2 });
    await writeFile(`${name}_events.tsv`, 'onset\tduration\ttrial_type\n4\t8\ta\n24\t8\ta\n');
  }
  const description = '{"Name":"x","BIDSVersion":"1.11.0"}';
  await writeFile(join(folder, 'dataset/dataset_description.json'), description);
  await writeFile(join(folder, 'dataset/task-x_bold.json'), '{"RepetitionTime":2}');
});
afterAll(() => rm(folder, { recursive: true }));

async function glm(out: string, ...flags: string[]) {
  const streams = captured();
  const argv = ['glm', join(folder, 'dataset'), join(folder, out), '--json', ...flags];
  expect(await main([...argv, '--noise', 'ols', '--drift', 'none'], streams)).toBe(0);
  return JSON.parse(streams.output());
}

test('without a mask one is computed, said, written, and the same as when given', async () => {
  const { warnings, networks } = await glm('computed');
  const mask = join(folder, 'computed/sub-01/func/sub-01_task-x_run-1_desc-brain_mask');
  const { voxels } = await openMask(`${mask}.nii.gz`);
  const inside = new Set(voxels);
  const both = head.filter((voxel) => inside.has(voxel)).length;
  expect((2 * both) / (head.length + inside.size)).toBeGreaterThan(0.9);
  expect(networks[0].units).toBe(voxels.length);
  const said = warnings.filter((text: string) => /No mask was given/.test(text));
  expect(said).toEqual([expect.stringMatching(`${voxels.length} of 3375 voxels.*2 runs`)]);
  expect(JSON.parse(await readFile(`${mask}.json`, 'utf8'))).toMatchObject({
    Type: 'Brain',
    Description: said[0],
  });
  const file = 'sub-01/func/sub-01_task-x_contrast-a_stat-t_statmap.nii.gz';
  const own = await readFile(join(folder, 'computed', file));
  await glm('given', '--mask', `${mask}.nii.gz`);
  expect((await readFile(join(folder, 'given', file))).equals(own)).toBe(true);
  await glm('asked', '--mask', 'compute');
  expect((await readFile(join(folder, 'asked', file))).equals(own)).toBe(true);
});
