import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseTsv } from '../../src/files/tsv.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { exportDataset } from '../../src/workflow/export.js';
import { readVest } from '../tools/fsl/formats.js';
import { handoff, model, run } from './handoff-commands.js';
import { decoderModules, simulateRecording } from './simulate.js';
import { writeRecordings } from './write-recordings.js';

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const read = (...parts: string[]) => readFile(at(...parts), 'utf8');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handoff-'));
});
afterAll(() => rm(folder, { recursive: true }));

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
