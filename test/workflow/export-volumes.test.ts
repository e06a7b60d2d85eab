import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEvents } from '../../src/bids/events.js';
import { listRuns } from '../../src/bids/runs.js';
import { readUnits } from '../../src/bids/units.js';
import { main } from '../../src/cli.js';
import { unitCount } from '../../src/core/module.js';
import type { NetworkSummary } from '../../src/core/network.js';
import { parseTsv, textColumn } from '../../src/files/tsv.js';
import { contrastMaps } from '../../src/glm/contrast/contrast-maps.js';
import { makeDesign } from '../../src/glm/design/design.js';
import { frameTimesOf } from '../../src/glm/design/frame-times.js';
import { fitGlm } from '../../src/glm/fit/fit.js';
import { promptMeans } from '../../src/glm/prompts/prompt-means.js';
import { groupByPrompt, promptDesign } from '../../src/glm/prompts/prompts.js';
import { openMask, seriesInMask } from '../../src/image/mask.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { readMap, seriesOf } from '../../src/image/voxels.js';
import { showNetworks } from '../../src/report/networks.js';
import { exportDataset } from '../../src/workflow/export.js';
import { networkPaths } from '../../src/workflow/glm/outputs/network-images.js';
import { collect } from '../image/collect.js';
import { decoderModules, simulateRecording } from './simulate.js';
import { captured } from './streams.js';

const modules = decoderModules(2, 64);

/** 24 prompts a run, two runs; every third unit has an effect of half a standard deviation. */
const recordings = [1, 2].map((run) => {
  const recording = simulateRecording({ seed: run, id: { run }, prompts: 24, tokens: 5, modules });
  const units = unitCount(recording.modules);
  recording.values.forEach((value, i) => {
    const u = i % units;
    const prompt = Math.floor(i / units / 5);
    const effect = Math.floor(prompt / 2) % 2 && u % 3 === 0 ? 0.5 : 0;
    if (u % 17 !== 3) recording.values[i] = value + effect * 10 ** ((u % 7) - 3);
  });
  return recording;
});

let folder: string;
const places = { token: '', prompt: '', both: '', int16: '' };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'volumes-'));
  const write = async (name: keyof typeof places, options: object) => {
    places[name] = join(folder, name);
    await exportDataset({ recordings, dataset: places[name], force: false, ...options });
  };
  await write('token', {});
  await write('prompt', { volumes: ['prompt'] });
  await write('both', { volumes: ['token', 'prompt'], last: 2 });
  await write('int16', { dtype: 'int16' });
});
afterAll(() => rm(folder, { recursive: true }));

/** t of archeology against pathology in a dataset's first run, of the prompts' means or the volumes. */
async function tOf(name: keyof typeof places, sample: 'prompts' | 'volumes') {
  const [run] = await listRuns(places[name]);
  const image = await openNifti(run.bold);
  const mask = await openMask(join(places[name], MASK));
  const events = await readEvents(run.events!);
  const repetitionTime = run.sidecar.RepetitionTime as number;
  const frameTimes = frameTimesOf({ volumes: image.volumes, repetitionTime });
  const groups = groupByPrompt({ events, frameTimes });
  const design = makeDesign({
    events,
    frameTimes,
    hrf: 'none',
    drift: { model: 'none' },
    confounds: [],
    conditions: ['archeology'],
  });
  const series = seriesInMask(image, mask);
  const fit = await fitGlm({
    series: sample === 'prompts' ? promptMeans(series, groups) : series,
    design: sample === 'prompts' ? promptDesign(design, groups) : design,
    noise: 'ols',
  });
  const weights = new Map([['archeology', 1]]);
  return contrastMaps(fit, { name: 'archeology', weights }).t; // [units in the mask]
}
const MASK = 'derivatives/boldbridge/sub-01/anat/sub-01_desc-units_mask.nii.gz';

/** Largest difference, relative to 1 and to |t|. */
function furthest(a: Float64Array, b: Float64Array): number {
  return a.reduce((far, t, v) => Math.max(far, Math.abs(t - b[v]) / Math.max(1, Math.abs(t))), 0);
}

test('least squares over the prompt series gives the t of inference over prompts on the tokens', async () => {
  const prompts = await tOf('prompt', 'volumes');
  expect(Math.max(...prompts)).toBeGreaterThan(4);
  expect(furthest(await tOf('token', 'prompts'), prompts)).toBeLessThan(1e-3);
  expect(furthest(await tOf('prompt', 'prompts'), prompts)).toBeLessThan(1e-9);
});

test('boldbridge glm works on the prompt series', async () => {
  const streams = captured();
  const argv = ['glm', places.prompt, '--baseline', 'pathology', '--quiet'];
  expect([await main(argv, streams), streams.errors()]).toEqual([0, '']);
});

test('boldbridge glm tells the two series of a task apart', async () => {
  const streams = captured();
  const out = join(folder, 'glm-both');
  const argv = ['glm', places.both, out, '--baseline', 'pathology', '--json'];
  expect([await main(argv, streams), streams.errors()]).toEqual([0, '']);
  const { networks, overlaps } = JSON.parse(streams.output());
  expect(networks).toMatchObject([
    { task: 'topics', acquisition: 'prompt', contrast: 'archeology' },
    { task: 'topics', acquisition: 'token', contrast: 'archeology' },
  ]);
  expect(overlaps).toEqual([]); // they are one network, seen twice
  const table = parseTsv(await readFile(join(out, 'networks.tsv'), 'utf8'), 'networks.tsv');
  expect(textColumn(table, 'acquisition', 'networks.tsv')).toEqual(['prompt', 'token']);
  expect(showNetworks({ networks, overlaps }, '')).toMatch(
    /topics acq-prompt .*\n.*topics acq-token /,
  );
  const paths = networks.map((network: NetworkSummary) => networkPaths(out, network).z);
  for (const path of paths) expect((await openNifti(path)).volumes).toBe(1);
});

const boldOf = (name: keyof typeof places, entities: string) =>
  join(places[name], `sub-01/func/sub-01_task-topics_${entities}run-1_bold`);
const sidecar = async (base: string) => JSON.parse(await readFile(`${base}.json`, 'utf8'));

test('series of both kinds stand side by side, each with its own intensity', async () => {
  const names = await readdir(dirname(boldOf('both', '')));
  expect(names.filter((name) => name.endsWith('.nii.gz'))).toEqual([
    'sub-01_task-topics_acq-prompt_run-1_bold.nii.gz',
    'sub-01_task-topics_acq-prompt_run-2_bold.nii.gz',
    'sub-01_task-topics_acq-token_run-1_bold.nii.gz',
    'sub-01_task-topics_acq-token_run-2_bold.nii.gz',
  ]);
  expect(await sidecar(boldOf('both', 'acq-prompt_'))).toMatchObject({
    RepetitionTime: 3.75,
    Volumes: { Unit: 'prompt', LastTokens: 2 },
  });
  expect(await sidecar(boldOf('both', 'acq-token_'))).toMatchObject({
    RepetitionTime: 0.75,
    Volumes: { Unit: 'token' },
  });
  const anat = join(places.both, 'derivatives/boldbridge/sub-01/anat');
  for (const [acq, table] of [
    ['acq-token_', 'sub-01_desc-units_table.tsv'],
    ['acq-prompt_', 'sub-01_acq-prompt_desc-units_table.tsv'],
  ]) {
    const { intensity, voxel } = await readUnits(join(anat, table));
    const unit = intensity.sd.findIndex((sd) => sd > 0);
    const series = await Promise.all(
      [1, 2].map(async (run) => {
        const image = await openNifti(
          `${boldOf('both', acq).replace('run-1', `run-${run}`)}.nii.gz`,
        );
        const [x, y, z] = voxel[unit];
        const index = (z * image.shape[1] + y) * image.shape[0] + x;
        return collect(seriesOf(image, Int32Array.of(index)));
      }),
    );
    const all = series.flatMap((values) => [...values]);
    const mean = all.reduce((a, b) => a + b) / all.length;
    expect(mean).toBeCloseTo(10000, 2);
    expect(Math.sqrt(all.reduce((s, x) => s + (x - mean) ** 2, 0) / all.length)).toBeCloseTo(
      100,
      2,
    );
  }
});

test('--last without a prompt series is refused', async () => {
  const dataset = join(folder, 'refused');
  await expect(exportDataset({ recordings, dataset, force: false, last: 3 })).rejects.toMatchObject(
    { code: 'data/last-of-tokens' },
  );
});

test('int16 has a slope and no intercept, errs by 1/500 sd at most (rms), and is smaller', async () => {
  const [fine, coarse] = ['token', 'int16'].map((n) => boldOf(n as keyof typeof places, ''));
  const [float, int] = [await openNifti(`${fine}.nii.gz`), await openNifti(`${coarse}.nii.gz`)];
  expect([int.dtype.name, int.inter]).toEqual(['int16', 0]);
  expect(int.slope).toBeGreaterThan(10000 / 32767);
  expect(int.slope).toBeLessThanOrEqual(0.5);
  const { voxels } = await openMask(
    join(places.token, 'derivatives/boldbridge/sub-01/anat/sub-01_desc-units_mask.nii.gz'),
  );
  const [a, b] = [await collect(seriesOf(float, voxels)), await collect(seriesOf(int, voxels))];
  const squares = new Float64Array(voxels.length); // [units]
  a.forEach((s, i) => {
    squares[i % voxels.length] += ((s - b[i]) / 100) ** 2;
  });
  const rms = squares.map((sum) => Math.sqrt(sum / float.volumes));
  expect(Math.max(...rms)).toBeLessThan(1 / 500);
  expect(Math.min(...rms)).toBeGreaterThan(1 / 2000);
  const map = await readMap(int, 3);
  const used = new Set(
    (
      await readUnits(
        join(places.int16, 'derivatives/boldbridge/sub-01/anat/sub-01_desc-units_table.tsv'),
      )
    ).voxel.map(([x, y, z]) => (z * int.shape[1] + y) * int.shape[0] + x),
  );
  map.forEach((s, v) => {
    if (!used.has(v)) expect(s).toBe(0);
  });
  const size = async (base: string) => (await stat(`${base}.nii.gz`)).size;
  // Half the size is tested where the grid is full; 70 % of this one is empty.
  expect(await size(coarse)).toBeLessThan((await size(fine)) * 0.52);
  expect(await sidecar(coarse)).toMatchObject({
    Intensity: { Quantization: expect.stringContaining('half a step / n') },
  });
});

test.each(['prompts', 'volumes'] as const)(
  't of %s from int16 is that from float32 within 0.01',
  async (sample) => {
    const [float, int] = [await tOf('token', sample), await tOf('int16', sample)];
    const far = float.reduce((most, t, v) => Math.max(most, Math.abs(t - int[v])), 0);
    expect(far).toBeLessThan(0.01);
    expect(far).toBeGreaterThan(0);
  },
);
