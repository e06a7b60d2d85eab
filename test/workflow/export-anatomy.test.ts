import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readUnits } from '../../src/bids/units.js';
import { type Module, placeUnits } from '../../src/core/module.js';
import type { Recording } from '../../src/core/recording.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { readMap } from '../../src/image/voxels.js';
import { locateModel } from '../../src/model/open/locate.js';
import { exportDataset } from '../../src/workflow/export.js';
import { simulateRecording } from './simulate.js';

const ZOO = join(import.meta.dirname, '../fixtures/models');
const layer = (path: string, tensor: string, width: number, kind: Module['kind'] = 'output') =>
  ({ path: `/decoder/layers.0/${path}`, depth: 0, kind, tensor, width }) as const;
const modules = placeUnits([
  layer('fc1', '/decoder/layers.0/fc1/Gemm_output_0', 64),
  layer('self_attn/out_proj', '/decoder/layers.0/self_attn/out_proj/Add_output_0', 32),
  layer('final_layer_norm/residual', '/decoder/layers.0/Reshape_output_0', 32, 'residual'),
]);

let folder: string;
let model: Recording['provenance']['model'];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anatomy-'));
  await cp(join(ZOO, 'opt-legacy'), join(folder, 'opt'), { recursive: true });
  const id = join(folder, 'opt');
  const { sha256, dtype } = await locateModel(id, { dtype: 'fp32' });
  model = { id, revision: 'local', sha256, dtype, architecture: 'OPT', headWidth: 8 };
});
afterAll(() => rm(folder, { recursive: true }));

function recordingOf(own: Partial<typeof model>, session: string | null = null): Recording {
  const recording = simulateRecording({ modules, id: { session } });
  return { ...recording, provenance: { ...recording.provenance, model: { ...model, ...own } } };
}

async function anatomy(recording: Recording, modelFile?: string) {
  const root = await mkdtemp(join(folder, 'out-'));
  const dataset = join(root, 'dataset');
  await exportDataset({ recordings: [recording], dataset, force: false, modelFile });
  const anat = join(dataset, 'sub-01/anat/sub-01_T1w');
  const image = await openNifti(`${anat}.nii.gz`);
  const map = await readMap(image);
  const { voxel } = await readUnits(
    join(dataset, 'derivatives/boldbridge/sub-01/anat/sub-01_desc-units_table.tsv'),
  );
  const [nx, ny] = image.shape;
  const values = voxel.map(([x, y, z]) => map[(z * ny + y) * nx + x]); // [units]
  const inside = map.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
  const sidecar = JSON.parse(await readFile(`${anat}.json`, 'utf8'));
  return { values, inside, contrast: sidecar.Contrast };
}

test('the image holds the norms of the weights, found where the model was recorded from', async () => {
  const { values, inside, contrast } = await anatomy(recordingOf({}));
  expect(inside).toBe(128); // every unit, and zero around
  expect(contrast).toMatchObject({
    Source: 'incoming weights',
    UnitsWithWeights: 96,
    ModuleKinds: { residual: 200 },
  });
  expect(contrast.Note).toBeUndefined();
  const truth = JSON.parse(await readFile(join(ZOO, 'weight-norms.json'), 'utf8')).torch.opt;
  const first = (name: string): number[] => truth[`model/decoder/layers.0/${name}`].first;
  for (const [from, name] of [
    [0, 'fc1'],
    [64, 'self_attn/out_proj'],
  ] as const) {
    first(name).forEach((norm, i) => {
      const shown = Math.min(1500, norm * contrast.Scale);
      expect(Math.abs(values[from + i] / shown - 1)).toBeLessThan(1e-5);
    });
  }
  expect(values.slice(96)).toEqual(Array(32).fill(200));
  expect(values.filter((value) => value <= 1000).length).toBeGreaterThan(124);
});

test.each([
  ['is not where it was recorded from', { id: './gone' }],
  ['is not where it was recorded from', { id: 'nobody/nothing', revision: 'main' }],
  ['is not where it was recorded from', { id: 'some/folder' }],
  ['is not the one that was recorded', { sha256: '0'.repeat(64) }],
])('a model that %s (%j): the kind of module alone, and the sidecar says why', async (why, own) => {
  const { values, inside, contrast } = await anatomy(recordingOf(own));
  expect(contrast.Source).toBe('module kind');
  expect(contrast.Note).toContain(why);
  expect(contrast.Note).toContain('--model-file');
  expect(new Set(values)).toEqual(new Set([400, 200]));
  expect(inside).toBe(128);
});

test('--model-file names the file, wherever it lies now; another file is refused', async () => {
  const moved = join(folder, 'moved.onnx');
  await copyFile(join(ZOO, 'opt-legacy/onnx/model.onnx'), moved);
  const { values, contrast } = await anatomy(recordingOf({ id: './gone' }), moved);
  expect(contrast.Source).toBe('incoming weights');
  expect(values).toEqual((await anatomy(recordingOf({}))).values);
  const wrong = join(ZOO, 'opt-legacy/onnx/model_quantized.onnx');
  await expect(anatomy(recordingOf({}), wrong)).rejects.toMatchObject({
    code: 'model/not-recorded',
  });
  await expect(anatomy(recordingOf({}), join(folder, 'none'))).rejects.toMatchObject({
    code: 'model/not-found',
  });
});

test('each session shows the weights of its own model', async () => {
  const dataset = join(folder, 'sessions');
  const recordings = [recordingOf({}, 'now'), recordingOf({ id: './gone' }, 'before')];
  await exportDataset({ recordings, dataset, force: false });
  const source = async (session: string) => {
    const name = `sub-01/ses-${session}/anat/sub-01_ses-${session}_T1w.json`;
    return JSON.parse(await readFile(join(dataset, name), 'utf8')).Contrast.Source;
  };
  expect([await source('now'), await source('before')]).toEqual([
    'incoming weights',
    'module kind',
  ]);
});

test('a graph that is none of ours to read leaves the kind, by the code of what is wrong', async () => {
  const broken = join(folder, 'broken');
  await cp(join(ZOO, 'opt-legacy'), broken, { recursive: true });
  await writeFile(join(broken, 'onnx/model.onnx'), 'no model');
  const { sha256 } = await locateModel(resolve(broken), { dtype: 'fp32' });
  const { contrast } = await anatomy(recordingOf({ id: broken, sha256 }));
  expect(contrast.Note).toContain('cannot be read (file/not-onnx)');
});
