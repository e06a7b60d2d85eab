import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listRuns } from '../../src/bids/runs.js';
import { readTokens } from '../../src/bids/tokens.js';
import type { Recording } from '../../src/core/recording.js';
import { exportDataset } from '../../src/workflow/export.js';
import { simulateRecording } from '../workflow/simulate.js';

/** Two prompts of three tokens, one of which would break a table, and one of which has no text. */
const OUTPUTS = [' the', ' le\tsi\non', '\\n', ' a', '', ' b'];
const simulated = simulateRecording({ id: { session: 'a' }, prompts: 2, tokens: 3 });
const recording: Recording = {
  ...simulated,
  volumes: simulated.volumes.map((volume, v) => ({ ...volume, outputToken: OUTPUTS[v] })),
};

let root: string;
beforeAll(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'tokens-')), 'dataset');
  const kinds = { volumes: ['token', 'prompt'], last: 2 } as const;
  await exportDataset({ recordings: [recording], dataset: root, force: false, ...kinds });
});
afterAll(() => rm(join(root, '..'), { recursive: true }));

const table = (acq: string) =>
  join(
    root,
    'derivatives/boldbridge/sub-01/ses-a/func',
    `sub-01_ses-a_task-topics_acq-${acq}_run-1_desc-tokens_table.tsv`,
  );
const inputs = recording.volumes.map(({ inputToken }) => inputToken);

test('each volume has its tokens, as they were', async () => {
  const lines = (await readFile(table('token'), 'utf8')).split('\n');
  expect(lines[0]).toBe('prompt\tposition\tinput\toutput');
  expect(lines[2]).toBe(`p1\t1\t${inputs[1]}\t le\\tsi\\non`);
  expect(lines[6]).toBe(`p2\t2\t${inputs[5]}\t b`);
  const runs = await listRuns(root);
  const { entities } = runs.find((run) => run.entities.acq === 'token')!;
  const tokens = await readTokens(root, { entities, volumes: 6 });
  expect(tokens!.map(({ input }) => input)).toEqual(inputs);
  expect(tokens!.map(({ output }) => output)).toEqual(OUTPUTS.map((text) => text || 'n/a'));
});

test('where a volume is a prompt, it has the text of the tokens averaged', async () => {
  const { entities } = (await listRuns(root)).find((run) => run.entities.acq === 'prompt')!;
  expect(await readTokens(root, { entities, volumes: 2 })).toEqual([
    { input: inputs.slice(1, 3).join(''), output: ' le\tsi\non\\n' },
    { input: inputs.slice(4, 6).join(''), output: ' b' },
  ]);
  expect((await readFile(table('prompt'), 'utf8')).split('\n')[0]).toBe('prompt\tinput\toutput');
});

test('a table of another length is refused; where there is none, none is told', async () => {
  const { entities } = (await listRuns(root))[0];
  await expect(readTokens(root, { entities, volumes: 7 })).rejects.toMatchObject({
    code: 'file/tokens-length',
  });
  const other = { ...entities, run: '2' };
  expect(await readTokens(root, { entities: other, volumes: 6 })).toBeNull();
  await writeFile(table('prompt').replace('run-1', 'run-2'), 'prompt\toutput\np1\ta\n');
  await expect(readTokens(root, { entities: other, volumes: 1 })).rejects.toMatchObject({
    code: 'file/missing-column',
  });
});
