import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HEADER_TABLE } from '../../src/image/header-table.js';
import { openMask, seriesInMask } from '../../src/image/mask.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { table } from '../golden/read.js';
import { collect } from '../image/collect.js';
import { commandOf, option, readColumns } from '../tools/afni/formats.js';
import { readFsf, readValues, readVest } from '../tools/fsl/formats.js';
import { leastSquares } from '../tools/least-squares.js';
import { goldenDataset } from './golden-dataset.js';
import { handoff, model, run } from './handoff-commands.js';

let folder: string;
let golden: Awaited<ReturnType<typeof goldenDataset>>;
const at = (...parts: string[]) => join(folder, ...parts);
const read = (...parts: string[]) => readFile(at(...parts), 'utf8');
const RUN = 'sub-01_task-x_run-1';

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
