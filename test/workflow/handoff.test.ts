import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { parseTsv } from '../../src/files/tsv.js';
import { HEADER_TABLE } from '../../src/image/header-table.js';
import { openMask, seriesInMask } from '../../src/image/mask.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { writeSeries } from '../../src/image/write-nifti.js';
import { exportDataset } from '../../src/workflow/export.js';
import { table } from '../golden/read.js';
import { collect } from '../image/collect.js';
import { commandOf, option, readColumns } from '../tools/afni/formats.js';
import { readFsf, readValues, readVest } from '../tools/fsl/formats.js';
import { leastSquares } from '../tools/least-squares.js';
import { goldenDataset } from './golden-dataset.js';
import { decoderModules, seriesOfValues, simulateRecording } from './simulate.js';
import { captured } from './streams.js';
import { writeRecordings } from './write-recordings.js';

let folder: string;
let golden: Awaited<ReturnType<typeof goldenDataset>>;
const at = (...parts: string[]) => join(folder, ...parts);
const read = (...parts: string[]) => readFile(at(...parts), 'utf8');
const RUN = 'sub-01_task-x_run-1';

/** What a command printed as JSON, its errors, and its exit code. */
async function run(...argv: string[]) {
  const streams = captured();
  const code = await main([...argv, '--json'], streams);
  return {
    code,
    result: code === 0 ? JSON.parse(streams.output()) : null,
    error: streams.errors(),
  };
}

async function handoff(...argv: string[]) {
  const { code, result, error } = await run('handoff', ...argv);
  expect(error).toBe('');
  expect(code).toBe(0);
  return result;
}

/** The data that a tool is handed, inside the mask. */
async function dataOf(out: string, name: string): Promise<number[][]> {
  const image = await openNifti(at(out, name, 'bold.nii.gz'));
  const mask = await openMask(at(out, name, 'mask.nii.gz'));
  const values = await collect(seriesInMask(image, mask));
  const units = mask.voxels.length;
  return Array.from({ length: image.volumes }, (_, v) => [
    ...values.subarray(v * units, (v + 1) * units),
  ]); // [volumes][units]
}

const largest = (a: readonly number[], b: readonly number[]) =>
  a.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - b[i])),
    a.length === b.length ? 0 : Infinity,
  );

/** Boxcars a, b, c and a linear drift, as the golden peers fitted them. */
const model = (software: object, confounds: readonly string[] = []) => ({
  Name: 'peers',
  BIDSModelVersion: '1.0.0',
  Nodes: [
    {
      Level: 'Run',
      Name: 'run',
      GroupBy: ['run', 'subject'],
      Transformations: {
        Transformer: 'pybids-transforms-v1',
        Instructions: [{ Name: 'Factor', Input: ['trial_type'] }],
      },
      Model: {
        Type: 'glm',
        X: ['trial_type.*', ...confounds, 1],
        Software: {
          boldbridge: { inference: 'volumes', noise: 'ols', driftOrder: 1, ...software },
        },
      },
      Contrasts: [
        {
          Name: 'aMinusB',
          ConditionList: ['trial_type.a', 'trial_type.b'],
          Weights: [1, -1],
          Test: 't',
        },
      ],
      DummyContrasts: { Test: 't', Contrasts: ['trial_type.a', 'trial_type.b'] },
    },
  ],
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handoff-'));
  golden = await goldenDataset(folder);
  await writeFile(at('ols_smdl.json'), JSON.stringify(model({})));
});
afterAll(() => rm(folder, { recursive: true }));

test("exact: least squares on FSL's files gives the t that FSL and numpy found", async () => {
  const { design, noise } = await handoff(
    ...['fsl', golden.dataset, at('fsl'), '--mask', golden.mask, '--model', at('ols_smdl.json')],
  );
  expect([design, noise]).toEqual(['exact', 'white']);
  const data = await dataOf('fsl', RUN);
  const fsf = readFsf(await read('fsl', RUN, 'design.template.fsf'));
  const evs = Array.from({ length: fsf.number('evs_real') }, (_, e) => e + 1);
  const columns = await Promise.all(
    evs.map(async (e) =>
      readValues(await read('fsl', fsf.text(`custom${e}`).slice('@ROOT@/'.length))),
    ),
  );
  const feat = leastSquares(
    data.map((_, row) => columns.map((own) => own[row])),
    data,
    { demeaned: true },
  );
  const mat = readVest(await read('fsl', RUN, 'design.mat')).rows;
  const con = readVest(await read('fsl', RUN, 'design.con'));
  const direct = leastSquares(mat, data);
  expect([feat.dof, direct.dof]).toEqual([176, 175]);
  const order = voxelOrder(await openMask(at('fsl', RUN, 'mask.nii.gz')));
  const peers = table('peers/peers.tsv');
  ['a', 'b', 'aMinusB'].forEach((name, c) => {
    expect(fsf.text(`conname_real.${c + 1}`)).toBe(name);
    const weights = evs.map((e) => fsf.number(`con_real${c + 1}.${e}`));
    const peer = (tool: string) => order.map((row) => peers.number(`${tool}_${name}_t`)[row]);
    expect(largest(feat.t(weights), peer('fsl_ols'))).toBeLessThan(1e-4);
    expect(largest(direct.t(con.rows[c]), peer('numpy_ols'))).toBeLessThan(1e-4);
  });
});

/** Rows of the golden tables in the order of a mask's voxels. */
function voxelOrder({ voxels }: { readonly voxels: Int32Array }): number[] {
  const peers = table('peers/peers.tsv');
  const [i, j, k] = ['i', 'j', 'k'].map((axis) => peers.number(axis));
  const row = new Map(i.map((x, r) => [x + 10 * (j[r] + 10 * k[r]), r]));
  return [...voxels].map((voxel) => row.get(voxel)!);
}

test("exact: least squares on AFNI's files gives the t that 3dDeconvolve found", async () => {
  await handoff(
    ...['afni', golden.dataset, at('afni'), '--mask', golden.mask, '--model', at('ols_smdl.json')],
    ...['--run', '1'],
  );
  const words = commandOf(await read('afni', 'run.sh'), '3dDeconvolve', RUN);
  const columns = async (path: string) => readColumns(await read('afni', path));
  const stimuli = await Promise.all(
    option(words, '-stim_file', 2).map(([, path]) => columns(path)),
  );
  const baseline = await columns(option(words, '-ortvec', 2)[0][0]);
  const rows = baseline.map((own, r) => [...stimuli.map((values) => values[r][0]), ...own]);
  expect(rows[0]).toHaveLength(5);
  const { t } = leastSquares(rows, await dataOf('afni', RUN));
  const order = voxelOrder(await openMask(at('afni', RUN, 'mask.nii.gz')));
  const peer = order.map((row) => table('peers/peers.tsv').number('afni_ols_aMinusB_GLT_t')[row]);
  expect(largest(t([1, -1, 0, 0, 0]), peer)).toBeLessThan(1e-4);
});

/** A header's raw numbers, by the NIfTI-1 table. */
async function header(path: string) {
  const bytes = gunzipSync(await readFile(path));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (name: string): number[] => {
    const [from, type, count] = HEADER_TABLE.find(([, , , own]) => own === name)!;
    return Array.from({ length: count }, (_, i) => {
      if (type === 'int16') return view.getInt16(from + 2 * i, true);
      if (type === 'int32') return view.getInt32(from + 4 * i, true);
      if (type === 'float32') return view.getFloat32(from + 4 * i, true);
      return view.getUint8(from + i);
    });
  };
}

test('images are what every tool reads without a word: NIfTI-1, float32, TR, one space, zeros outside', async () => {
  const of = await header(at('fsl', RUN, 'bold.nii.gz'));
  expect(of('sizeof_hdr')).toEqual([348]);
  expect(of('dim').slice(0, 5)).toEqual([4, 10, 10, 6, 180]);
  expect(of('datatype')).toEqual([16]);
  expect([of('scl_slope'), of('scl_inter'), of('intent_code'), of('vox_offset')]).toEqual([
    [1],
    [0],
    [0],
    [352],
  ]);
  expect(of('pixdim')[4]).toBe(1.5);
  expect(of('xyzt_units')).toEqual([10]);
  expect([of('qform_code'), of('sform_code')]).toEqual([[1], [1]]);
  const image = await openNifti(at('fsl', RUN, 'bold.nii.gz'));
  const mask = await openMask(at('fsl', RUN, 'mask.nii.gz'));
  const all = Int32Array.from({ length: 600 }, (_, v) => v).filter((v) => !mask.voxels.includes(v));
  const outside = { ...mask, voxels: all };
  expect((await collect(seriesInMask(image, outside))).every((value) => value === 0)).toBe(true);
  const maskHeader = await header(at('fsl', RUN, 'mask.nii.gz'));
  expect([maskHeader('datatype'), maskHeader('dim').slice(0, 4)]).toEqual([[2], [3, 10, 10, 6]]);
  for (const name of ['qform_code', 'sform_code', 'srow'])
    expect(maskHeader(name)).toEqual(of(name));
});

test('volumes that are censored are fitted away: t is that of the fit without them', async () => {
  const confounds = join(golden.dataset, 'derivatives', 'fmriprep', 'sub-01', 'func');
  const file = join(confounds, `${RUN}_desc-confounds_timeseries.tsv`);
  const [head, ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const marked = lines.map((line, k) => `${line}\t${k === 20 || k === 77 ? 1 : 0}`);
  await writeFile(file, `${[`${head}\toutlier`, ...marked].join('\n')}\n`);
  await writeFile(at('censor_smdl.json'), JSON.stringify(model({ censor: ['outlier'] }, ['wave'])));
  const shared = ['--mask', golden.mask, '--model', at('censor_smdl.json')];
  const one = await goldenDataset(at('one'), { '01': [1] });
  await writeFile(
    join(
      one.dataset,
      'derivatives',
      'fmriprep',
      'sub-01',
      'func',
      `${RUN}_desc-confounds_timeseries.tsv`,
    ),
    await readFile(file),
  );
  await handoff('fsl', one.dataset, at('censored'), ...shared);
  expect((await run('glm', one.dataset, at('glm'), ...shared)).code).toBe(0);
  const mat = readVest(await read('censored', RUN, 'design.mat')).rows;
  const con = readVest(await read('censored', RUN, 'design.con')).rows;
  const { t, dof } = leastSquares(mat, await dataOf('censored', RUN));
  expect(dof).toBe(178 - 6);
  const ours = await golden.values(
    at('glm', 'sub-01', 'func', `${RUN}_contrast-aMinusB_stat-t_statmap.nii.gz`),
  );
  const order = voxelOrder(await openMask(golden.mask));
  expect(
    largest(
      t(con[2]),
      order.map((row) => ours[row]),
    ),
  ).toBeLessThan(1e-4);
});

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

/** Two runs of 16 prompts, blocks of two at rest and two of archeology. */
const recordings = [1, 2].map((n) => {
  const own = simulateRecording({
    seed: n,
    id: { run: n },
    prompts: 16,
    modules: decoderModules(1),
  });
  const stimuli = own.stimuli.map(({ event, text }) => ({
    event: { ...event, trialType: event.trialType === 'pathology' ? 'rest' : event.trialType },
    text,
  }));
  return { ...own, stimuli };
});

test('prompts are handed over unless tokens are asked for, each with its noise', async () => {
  const shared = { recordings, force: false };
  await exportDataset({ ...shared, dataset: at('both'), volumes: ['token', 'prompt'] });
  const prompts = await handoff('fsl', at('both'));
  expect([prompts.volumes, prompts.noise]).toEqual(['prompt', 'white']);
  expect(prompts.runs).toEqual([1, 2].map((n) => `sub-01_task-topics_acq-prompt_run-${n}`));
  expect(prompts.out).toBe(at('both', 'derivatives', 'handoff-fsl'));
  const tokens = await handoff('fsl', at('both'), at('tokens'), '--volumes', 'token', '--run', '2');
  expect([tokens.volumes, tokens.noise]).toEqual(['token', 'serial']);
  expect(tokens.runs).toEqual(['sub-01_task-topics_acq-token_run-2']);
  expect((await openNifti(at('tokens', tokens.runs[0], 'bold.nii.gz'))).volumes).toBe(80);
  const readme = await read('tokens', 'README.md');
  for (const words of ['one volume a token', '0.13 (film_gls)', 'a dataset of prompts'])
    expect(readme).toContain(words);
});

test('the design of prompts is that of the built-in GLM, number for number', async () => {
  expect((await run('glm', at('both'), at('glm-both'))).code).toBe(0);
  for (const name of [1, 2].map((n) => `sub-01_task-topics_acq-prompt_run-${n}`)) {
    const text = await read('glm-both', 'sub-01', 'func', `${name}_design.tsv`);
    const { columns, rows } = parseTsv(text, name);
    const { rows: own } = readVest(
      await read('both', 'derivatives', 'handoff-fsl', name, 'design.mat'),
    );
    expect(columns).toEqual(['archeology', 'constant']);
    expect(rows.map((cells) => cells.map(Number))).toEqual(own);
  }
});

test('where the kind asked for is missing, the way to make it is said', async () => {
  const shared = { recordings, force: false };
  await exportDataset({ ...shared, dataset: at('token-only') });
  await exportDataset({ ...shared, dataset: at('prompt-only'), volumes: ['prompt'] });
  const without = await run('handoff', 'afni', at('token-only'), at('none'));
  expect(without.code).toBe(2);
  expect(without.error).toContain('data/no-prompt-volumes');
  expect(without.error).toContain('--volumes prompt');
  const tokens = await run('handoff', 'afni', at('prompt-only'), at('none'), '--volumes', 'token');
  expect(tokens.error).toContain('data/no-token-volumes');
});

test('recordings, unknown tools and models of mixed effects are refused', async () => {
  await writeRecordings(at('recordings'), recordings.slice(0, 1));
  expect((await run('handoff', 'fsl', at('recordings'))).error).toContain('data/no-dataset');
  expect((await run('handoff', 'fls', at('both'))).error).toContain('design/unknown-tool');
  expect((await run('handoff', 'fsl', at('both'), '--force', '--run', '7')).error).toContain(
    'data/nothing-selected',
  );
  const mixed = JSON.parse(JSON.stringify(model({ inference: 'cluster', driftOrder: undefined })));
  mixed.Nodes[0].Contrasts = [];
  mixed.Nodes[0].DummyContrasts.Contrasts = ['trial_type.archeology'];
  await writeFile(at('cluster_smdl.json'), JSON.stringify(mixed));
  const refused = await run(
    'handoff',
    'fsl',
    at('both'),
    at('none'),
    '--model',
    at('cluster_smdl.json'),
  );
  expect(refused.error).toContain('design/handoff-inference');
});

test('a folder that stands is not replaced unless asked for', async () => {
  expect((await run('handoff', 'fsl', at('both'))).error).toContain('output/exists');
  expect((await run('handoff', 'fsl', at('both'), '--force')).code).toBe(0);
});
