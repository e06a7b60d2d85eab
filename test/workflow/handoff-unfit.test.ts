import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openMask, seriesInMask } from '../../src/image/mask.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { writeSeries } from '../../src/image/write-nifti.js';
import { collect } from '../image/collect.js';
import { handoff, run } from './handoff-commands.js';
import { seriesOfValues } from './simulate.js';

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const read = (...parts: string[]) => readFile(at(...parts), 'utf8');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handoff-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** One run of six units in a grid of their own; values by unit and volume. */
async function smallDataset(name: string, value: (unit: number, volume: number) => number) {
  const dataset = at(name);
  const func = join(dataset, 'sub-01', 'func');
  await mkdir(func, { recursive: true });
  await writeFile(join(dataset, 'dataset_description.json'), '{"Name":"x","BIDSVersion":"1.11.0"}');
  await writeFile(join(func, 'sub-01_task-x_bold.json'), '{"TaskName":"x","RepetitionTime":2}');
  const events = ['onset\tduration\ttrial_type', '4\t6\ta', '16\t6\ta', '28\t6\ta'];
  await writeFile(join(func, 'sub-01_task-x_events.tsv'), `${events.join('\n')}\n`);
  const affine = [[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0]] as const; // biome-ignore format: a matrix
  const rows = [0, 1, 2].map((r) => [...affine[r]] as [number, number, number, number]);
  const grid = {
    shape: [3, 2, 1] as const,
    affine: [rows[0], rows[1], rows[2]] as const,
    voxelOfUnit: Int32Array.of(0, 1, 2, 3, 4, 5),
  };
  const values = Float32Array.from({ length: 6 * 20 }, (_, i) => value(i % 6, Math.floor(i / 6)));
  const series = seriesOfValues(values, 6);
  const bold = join(func, 'sub-01_task-x_bold.nii.gz');
  await writeSeries(bold, { grid, series, repetitionTime: 2 });
  const mask = at(`${name}-mask.nii.gz`);
  const ones = seriesOfValues(
    Float32Array.from({ length: 6 }, () => 1),
    6,
  );
  await writeSeries(mask, { grid, series: ones, repetitionTime: 2 });
  return [dataset, '--mask', mask] as const;
}

const noisy = (unit: number, volume: number) =>
  10000 + unit + 90 * Math.sin(3 * volume * (unit + 1));

test('units that never change or hold NaN leave the mask, and that is said', async () => {
  const [dataset, ...mask] = await smallDataset('broken', (unit, volume) => {
    if (unit === 2) return 5;
    return unit === 4 && volume === 7 ? Number.NaN : noisy(unit, volume);
  });
  const { notes } = await handoff('afni', dataset, at('mended'), ...mask);
  expect(notes.join()).toContain('1 that never change, 1 with values that are not finite');
  const { voxels } = await openMask(at('mended', 'sub-01_task-x', 'mask.nii.gz'));
  expect([...voxels]).toEqual([0, 1, 3, 5]);
  const image = await openNifti(at('mended', 'sub-01_task-x', 'bold.nii.gz'));
  const whole = await collect(seriesInMask(image, { ...(await openMask(mask[1])), path: 'all' }));
  expect(whole.every(Number.isFinite)).toBe(true);
  expect(await read('mended', 'README.md')).toContain('1 that never change');
});

test('what a tool cannot take is refused, and no folder is left', async () => {
  const [dataset, ...mask] = await smallDataset('negative', (unit, volume) =>
    unit === 1 ? Math.sin(volume) - 3 : noisy(unit, volume),
  );
  const before = await readdir(folder);
  const { code, error } = await run('handoff', 'fsl', dataset, at('never'), ...mask);
  expect(code).toBe(2);
  expect(error).toContain('data/handoff');
  expect(await readdir(folder)).toEqual(before);
  expect((await run('handoff', 'afni', dataset, at('fine'), ...mask)).code).toBe(0);
});
