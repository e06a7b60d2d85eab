import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { placeUnits } from '../../src/core/module.js';
import type { Provenance, Volume } from '../../src/core/recording.js';
import { openRecording, openRecordings } from '../../src/recording/read.js';
import { type RunPlan, type RunTables, writeRecording } from '../../src/recording/write.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'boldbridge-test-'));
});
afterEach(() => rm(root, { recursive: true }));

const provenance: Provenance = {
  model: { id: 'm', revision: 'r', sha256: '0', dtype: 'fp32', architecture: 'A', headWidth: 2 },
  seed: 3,
  sampling: { do_sample: true, temperature: 0.5 },
  tokenVolumeRule: 'generate',
  versions: { boldbridge: '0' },
  fingerprint: 'f',
};
const plan: RunPlan = {
  id: { subject: 's', session: 'x', task: 't', run: 2 },
  taskDescription: 'Continue.',
  repetitionTime: 1.5,
  modules: placeUnits([
    { path: '/embed', depth: 'embedding', kind: 'output', tensor: 'e', width: 3 },
    { path: '/layers.0/fc', depth: 0, kind: 'output', tensor: 'f', width: 4 },
  ]),
  volumes: 4,
  provenance,
};
const volumes: Volume[] = [0, 1, 2, 3].map((k) => ({
  onset: 1.5 * k,
  prompt: k >> 1,
  position: k & 1,
  contextPosition: 4 + k,
  inputToken: k === 0 ? '\n' : ' a\tb',
  outputToken: '',
  logProbability: -0.1 * k - 1 / 3,
  entropy: k / 7,
}));
const tables: RunTables = {
  volumes,
  stimuli: [0, 1].map((n) => ({
    event: { onset: 3 * n, duration: 3, trialType: n ? 'on' : 'rest', prompt: `p${n}` },
    text: `prompt ${n}`,
  })),
};
const row = (k: number) => Float32Array.from({ length: 7 }, (_, unit) => Math.fround(k + unit / 9));

const write = (force = false) =>
  writeRecording(root, plan, { force }, async (write) => {
    for (const k of [2, 3, 0, 1]) await write(k, row(k));
    return tables;
  });

test('what was recorded is what is read', async () => {
  const folder = await write();
  expect(folder).toBe(join(root, 's', 'x', 't_run-2'));
  const [read] = await openRecordings(root);
  expect(read.id).toEqual(plan.id);
  expect(read.taskDescription).toBe('Continue.');
  expect(read.repetitionTime).toBe(1.5);
  expect(read.modules).toEqual(plan.modules);
  expect(read.stimuli).toEqual(tables.stimuli);
  expect(read.provenance).toEqual(provenance);
  expect(read.volumes.map((v) => v.logProbability)).toEqual(volumes.map((v) => v.logProbability));
  expect(read.volumes.map((v) => v.inputToken)).toEqual(['\n', ' a\tb', ' a\tb', ' a\tb']);
  for await (const block of read.series.blocks()) {
    for (let r = 0; r < block.volumes; r++) {
      expect(block.values.subarray(r * 7, r * 7 + 7)).toEqual(row(block.first + r));
    }
  }
});

test('activations.npy is the plain NumPy format: magic, version 1.0, aligned header, shape', async () => {
  const bytes = await readFile(join(await write(), 'activations.npy'));
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x93NUMPY\x01\x00');
  const length = bytes.readUInt16LE(8);
  expect((10 + length) % 64).toBe(0);
  expect(bytes.subarray(10, 10 + length).toString()).toMatch(
    /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(4, 7\), \} *\n$/,
  );
  expect(bytes.length).toBe(10 + length + 4 * 7 * 4);
});

test('a folder that holds something is refused, and replaced with force', async () => {
  await write();
  await expect(write()).rejects.toMatchObject({ code: 'output/exists' });
  await write(true);
  expect(await openRecordings(root)).toHaveLength(1);
});

test('a recording that fails midway leaves nothing behind', async () => {
  const failing = writeRecording(root, plan, { force: false }, async (write) => {
    await write(0, row(0));
    throw new Error('the model broke');
  });
  await expect(failing).rejects.toThrow('the model broke');
  expect(await readdir(join(root, 's', 'x'))).toEqual([]);
});

test('fewer volumes than planned are a fault, and leave nothing behind', async () => {
  const short = writeRecording(root, plan, { force: false }, async () => tables);
  await expect(short).rejects.toThrow('4 promised');
  expect(await readdir(join(root, 's', 'x'))).toEqual([]);
});

test('truncated, foreign and missing files are refused by name', async () => {
  const folder = await write();
  const npy = join(folder, 'activations.npy');
  await truncate(npy, 150);
  await expect(openRecording(folder)).rejects.toMatchObject({ code: 'file/truncated' });
  await writeFile(npy, 'no array');
  await expect(openRecording(folder)).rejects.toMatchObject({ code: 'file/not-npy' });
  await rm(join(folder, 'recording.json'));
  await expect(openRecording(folder)).rejects.toMatchObject({ code: 'file/no-recording' });
  await expect(openRecordings(root)).rejects.toMatchObject({ code: 'file/no-recording' });
});

test('tables that do not fit the activations are refused', async () => {
  const folder = await write();
  const table = join(folder, 'volumes.tsv');
  const lines = (await readFile(table, 'utf8')).trimEnd().split('\n');
  await writeFile(table, `${lines.slice(0, -1).join('\n')}\n`);
  await expect(openRecording(folder)).rejects.toMatchObject({ code: 'file/recording-mismatch' });
});
