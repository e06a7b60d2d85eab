import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readUnits } from '../../src/bids/units.js';
import { main } from '../../src/cli.js';
import { placeUnits } from '../../src/core/module.js';
import type { Series } from '../../src/core/series.js';
import { numberColumn, parseTsv } from '../../src/files/tsv.js';
import { frameTimesOf } from '../../src/glm/design/frame-times.js';
import { hrfKernels } from '../../src/glm/design/hrf.js';
import { conditionRegressors } from '../../src/glm/design/regressors.js';
import { fromBold } from '../../src/image/intensity.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { seriesOf } from '../../src/image/voxels.js';
import { convolveSeries, volumeKernel } from '../../src/workflow/export/hemodynamics.js';
import { exportDataset } from '../../src/workflow/export.js';
import { collect } from '../image/collect.js';
import { seriesOfValues, simulateRecording } from './simulate.js';
import { captured } from './streams.js';

/** As numpy.convolve(x - before, kernel)[:len(x)] + before * kernel.sum(): by its definition. */
function direct(x: readonly number[], kernel: Float64Array, before: number): number[] {
  const sum = kernel.reduce((a, b) => a + b, 0);
  return x.map((_, t) => {
    const own = [...kernel].map((k, lag) => (lag <= t ? k * (x[t - lag] - before) : 0));
    return own.reduce((a, b) => a + b, 0) + sum * before;
  });
}

const UNITS = 3;
const values = Float32Array.from({ length: 90 * UNITS }, (_, i) => Math.sin(i * i) + (i % UNITS));
const before = Float64Array.of(0, 1, -2);

test.each([1, 7, 90])('a series in blocks of %i becomes the direct convolution', async (rows) => {
  const kernel = volumeKernel('spm', 2);
  const series = convolveSeries(seriesOfValues(values, UNITS, rows), kernel, before);
  const found = await collect(series);
  for (let u = 0; u < UNITS; u++) {
    const own = Array.from({ length: 90 }, (_, t) => values[t * UNITS + u]);
    direct(own, kernel, before[u]).forEach((expected, t) => {
      expect(found[t * UNITS + u]).toBeCloseTo(expected, 12);
    });
  }
});

test('volumes are handed on as they are read: memory does not grow with their number', async () => {
  let read = 0;
  const endless: Series = {
    volumes: Number.POSITIVE_INFINITY,
    units: 1,
    async *blocks() {
      for (;;) {
        yield { first: read, volumes: 1, values: Float32Array.of(4) };
        read += 1;
      }
    },
  };
  for await (const { first, values: out } of convolveSeries(
    endless,
    volumeKernel('glover', 0.5),
    Float64Array.of(4),
  ).blocks()) {
    expect(out[0]).toBeCloseTo(4, 12); // a constant stays what it is
    expect(read).toBe(first);
    if (first === 300) break;
  }
});

test.each([
  ['spm', 0.75],
  ['glover', 2],
  ['spm', 1.3],
] as const)("a boxcar becomes nilearn's regressor (%s, TR %f)", async (hrf, repetitionTime) => {
  const frameTimes = frameTimesOf({ volumes: 120, repetitionTime });
  const box = Float32Array.from({ length: 120 }, (_, t) => (t % 40 >= 10 && t % 40 < 22 ? 1 : 0));
  const events = [0, 1, 2].map((n) => ({
    onset: (40 * n + 10) * repetitionTime,
    duration: 12 * repetitionTime,
    trialType: 'on',
  }));
  const [regressor] = conditionRegressors({ events, frameTimes, hrf });
  const kernel = volumeKernel(hrf, repetitionTime);
  const found = await collect(convolveSeries(seriesOfValues(box, 1), kernel, Float64Array.of(0)));
  // nilearn's grid finds an onset or an end at most one sample late
  const sample = Math.max(...hrfKernels(hrf, repetitionTime)[0]);
  regressor.forEach((value, t) => {
    expect(Math.abs(found[t] - value)).toBeLessThan(2 * sample);
  });
});

/** One unit follows the conditions, nothing else happens; the others change without them. */
const modules = placeUnits([
  { path: '/fc1', depth: 0, kind: 'output', tensor: 't', width: UNITS } as const,
]);
const simulated = simulateRecording({ prompts: 48, tokens: 8, modules });
const recording = {
  ...simulated,
  series: seriesOfValues(
    simulated.values.map((value, i) => {
      const isOn = Math.floor(Math.floor(i / UNITS / 8) / 2) % 2 === 1;
      return i % UNITS === 0 ? (isOn ? 3 : 1) : value;
    }),
    UNITS,
  ),
};

let folder: string;
let dataset: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hemodynamics-'));
  dataset = join(folder, 'dataset');
  const options = { recordings: [recording], dataset, force: false } as const;
  await exportDataset({ ...options, hemodynamics: 'spm' });
});
afterAll(() => rm(folder, { recursive: true }));

const base = 'sub-01/func/sub-01_task-topics_run-1';
const text = (file: string) => readFile(join(dataset, file), 'utf8');

test('the sidecar and the README say so; units give the convolved activations back', async () => {
  const sidecar = JSON.parse(await text(`${base}_bold.json`));
  expect(sidecar.Hemodynamics.Model).toBe('spm');
  expect(await text('README.md')).toContain('convolved with the spm response');
  const units = join(dataset, 'derivatives/boldbridge/sub-01/anat/sub-01_desc-units_table.tsv');
  const { voxel, intensity } = await readUnits(units);
  const image = await openNifti(join(dataset, `${base}_bold.nii.gz`));
  const [nx, ny] = image.shape;
  const voxels = Int32Array.from(voxel, ([x, y, z]) => (z * ny + y) * nx + x);
  const found = await collect(fromBold(seriesOf(image, voxels), intensity));
  const own = Array.from({ length: 384 }, (_, t) => (Math.floor(t / 16) % 2 ? 3 : 1));
  direct(own, volumeKernel('spm', 0.75), 2).forEach((expected, t) => {
    expect(found[t * UNITS]).toBeCloseTo(expected, 4);
  });
});

test('confounds are convolved alike, the token record is not', async () => {
  const table = parseTsv(
    await text(`derivatives/boldbridge/${base}_desc-confounds_timeseries.tsv`),
    'confounds',
  );
  const surprisal = recording.volumes.map(({ logProbability }) => -logProbability);
  const mean = surprisal.reduce((a, b) => a + b) / surprisal.length;
  const expected = direct(surprisal, volumeKernel('spm', 0.75), mean);
  numberColumn(table, 'surprisal', '').forEach((value, t) => {
    expect(value).toBeCloseTo(expected[t], 10);
  });
});

const glm = async (...flags: string[]) => {
  const streams = captured();
  const argv = ['glm', dataset, join(folder, flags.join('') || 'glm'), '--baseline', 'pathology'];
  const exit = await main([...argv, '--json', ...flags], streams);
  return { exit, output: streams.output(), errors: streams.errors() };
};

test('boldbridge glm takes the response of the data without being told, and warns', async () => {
  const { exit, output } = await glm('--inference', 'volumes', '--noise', 'ols');
  expect(exit).toBe(0);
  const summary = JSON.parse(output);
  expect(summary.warnings.join()).toContain('haemodynamic response');
  const path = join(summary.out, `${base}_design.json`);
  expect(JSON.parse(await readFile(path, 'utf8')).HRF).toBe('spm');
  const image = await openNifti(join(summary.out, `${base}_stat-rsquared_statmap.nii.gz`));
  const { voxel } = await readUnits(
    join(dataset, 'derivatives/boldbridge/sub-01/anat/sub-01_desc-units_table.tsv'),
  );
  const [x, y, z] = voxel[0];
  const at = Int32Array.of((z * image.shape[1] + y) * image.shape[0] + x);
  const [rSquare] = await collect(seriesOf(image, at));
  expect(rSquare).toBeGreaterThan(0.97); // less than 1 for the first half minute only
});

test.each([
  [['--hrf', 'none'], 2],
  [['--hrf', 'glover'], 2],
  [['--hrf', 'spm + derivative'], 0],
  [['--hrf', 'fir', '--inference', 'volumes'], 0],
])('boldbridge glm %j on data convolved with spm: exit %i', async (flags, expected) => {
  const { exit, errors } = await glm(...flags);
  expect([exit, errors.includes('hrf-of-data')]).toEqual([expected, expected === 2]);
});

test('series of prompts are not convolved: it would take their independence from them', async () => {
  const place = join(folder, 'refused');
  const options = { recordings: [recording], dataset: place, force: false } as const;
  await expect(
    exportDataset({ ...options, volumes: ['prompt'], hemodynamics: 'spm' }),
  ).rejects.toMatchObject({ code: 'data/hemodynamics-of-prompts' });
});
