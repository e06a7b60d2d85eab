import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHeader, readImage } from 'nifti-reader-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../../src/cli.js';
import { goldenDataset } from '../../workflow/golden-dataset.js';
import { captured } from '../../workflow/streams.js';

/** The folder that the command writes, as SPM finds it. */
let folder: string;
const out = (...path: string[]) => join(folder, 'spm', ...path);
const run = 'sub-01_task-x_run-1';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-spm-'));
  const { dataset, mask } = await goldenDataset(folder);
  const argv = ['handoff', 'spm', dataset, out(), '--mask', mask, '--quiet'];
  const streams = captured();
  expect([await main(argv, streams), streams.errors()]).toEqual([0, '']);
});
afterAll(() => rm(folder, { recursive: true }));

async function nifti(path: string) {
  const bytes = await readFile(path);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const header = buffer instanceof ArrayBuffer ? readHeader(buffer) : null;
  if (!header || !(buffer instanceof ArrayBuffer)) throw new Error(`${path} is no NIfTI file`);
  return { header, values: readImage(header, buffer) };
}

test('images are unpacked, float32, unscaled, and placed in space', async () => {
  const { header } = await nifti(out(run, 'bold.nii'));
  expect(header.magic.slice(0, 3)).toBe('n+1');
  expect([header.datatypeCode, header.dims.slice(1, 5)]).toEqual([16, [10, 10, 6, 180]]);
  expect([header.scl_slope, header.scl_inter]).toEqual([1, 0]);
  expect([header.sform_code, header.qform_code]).toEqual([1, 1]);
});

test('the mask has the same grid, and inside it the series is finite and positive on average', async () => {
  const bold = await nifti(out(run, 'bold.nii'));
  const mask = await nifti(out(run, 'mask.nii'));
  expect(mask.header.dims.slice(1, 4)).toEqual(bold.header.dims.slice(1, 4));
  expect(mask.header.affine).toEqual(bold.header.affine);
  const inside = new Uint8Array(mask.values);
  const values = new Float32Array(bold.values);
  expect(inside.reduce((sum, own) => sum + own, 0)).toBe(256);
  expect(values.every(Number.isFinite)).toBe(true);
  const means = [...inside.keys()].map((voxel) => {
    let sum = 0;
    for (let t = 0; t < 180; t++) sum += values[t * 600 + voxel];
    return sum / 180;
  });
  expect(means.every((mean, voxel) => (inside[voxel] ? mean > 0 : mean === 0))).toBe(true);
});

test('each model has a folder; input and results never share one', async () => {
  const files = await readdir(out(), { recursive: true });
  const models = [run, 'sub-01_task-x_run-2', 'sub-01_task-x'];
  expect(files).toEqual(expect.arrayContaining(models.map((name) => `${name}/model_batch.m`)));
  expect(files.filter((file) => /(^|\/)(spm|SPM\.mat|bold\.mat|mask\.mat)$/.test(file))).toEqual(
    [],
  );
  expect(await readFile(out('README.md'), 'utf8')).not.toContain('{{');
});
