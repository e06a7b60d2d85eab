import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportDataset } from '../../src/workflow/export.js';
import schema from '../fixtures/bids-schema.json' with { type: 'json' };
import { simulateRecording } from './simulate.js';

const simulated = simulateRecording({ prompts: 6, tokens: 4 });
/** An imported recording may not know its entropies. */
const recording = {
  ...simulated,
  volumes: simulated.volumes.map((v, k) => (k === 3 ? { ...v, entropy: Number.NaN } : v)),
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stim-'));
  const options = { recordings: [recording], force: false } as const;
  await exportDataset({ ...options, dataset: join(folder, 'token') });
  await exportDataset({
    ...options,
    dataset: join(folder, 'prompt'),
    volumes: ['prompt'],
    last: 2,
  });
});
afterAll(() => rm(folder, { recursive: true }));

async function stim(dataset: string, entities = '') {
  const base = join(folder, dataset, `sub-01/func/sub-01_task-topics_${entities}run-1`);
  const bytes = await readFile(`${base}_stim.tsv.gz`);
  const lines = gunzipSync(bytes).toString().trimEnd().split('\n');
  return {
    bytes,
    rows: lines.map((line) => line.split('\t')),
    sidecar: JSON.parse(await readFile(`${base}_stim.json`, 'utf8')),
    bold: JSON.parse(await readFile(`${base}_bold.json`, 'utf8')),
  };
}

test('log-probability and entropy of every volume, without a header, described as BIDS asks', async () => {
  const { rows, sidecar, bold, bytes } = await stim('token');
  expect(rows).toEqual(
    recording.volumes.map(({ logProbability, entropy }, k) => [
      String(logProbability),
      k === 3 ? 'n/a' : String(entropy),
    ]),
  );
  expect(Object.keys(sidecar)).toEqual(expect.arrayContaining(schema.requiredFields.stim));
  expect(sidecar).toMatchObject({
    SamplingFrequency: 1 / bold.RepetitionTime,
    StartTime: 0,
    Columns: ['log_probability', 'entropy'],
    log_probability: { Units: 'nats' },
    entropy: { Units: 'nats' },
  });
  expect([...bytes.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]); // no date
});

test('where a volume is a prompt, its row is the mean of the tokens averaged', async () => {
  const { rows, sidecar, bold } = await stim('prompt', 'acq-prompt_');
  expect(rows.length).toBe(6);
  expect(sidecar.SamplingFrequency).toBe(1 / bold.RepetitionTime);
  rows.forEach(([logProbability], p) => {
    const [a, b] = recording.volumes.slice(4 * p + 2, 4 * p + 4);
    expect(Number(logProbability)).toBeCloseTo((a.logProbability + b.logProbability) / 2, 12);
  });
});
