import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { PACKAGE_ROOT } from '../../src/files/versions.js';
import { openRecording } from '../../src/recording/read.js';
import { bytesOf, npyFile, safetensorsFile } from '../files/make-arrays.js';
import { collect } from '../image/collect.js';
import { captured } from './streams.js';

let folder: string;
const table = () => join(folder, 'import/run.yaml');
const file = (name: string) => join(folder, 'import', name);
/** Volume v of unit u of the example's 16 units. */
const value = (v: number, u: number) => Math.fround(Math.sin(16 * v + u));
const part = (first: number, width: number) =>
  Array.from({ length: 8 * width }, (_, i) => value(Math.floor(i / width), first + (i % width)));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-'));
  await cp(join(PACKAGE_ROOT, 'bids-templates/import'), join(folder, 'import'), {
    recursive: true,
  });
  const embed = npyFile({ descr: '<f8', shape: '(8, 6)' }, bytesOf(Float64Array.from(part(0, 6))));
  await writeFile(file('activations.npz'), zipSync({ 'embed.npy': embed }));
  const rows = part(6, 4);
  const columns = Float32Array.from(rows, (_, i) => rows[(i % 8) * 4 + Math.floor(i / 8)]);
  const header = { descr: '<f4', shape: '(8, 4)', fortran: true };
  await writeFile(file('attention.npy'), npyFile(header, bytesOf(columns)));
  const mlp = { mlp: { dtype: 'F32', shape: [8, 6], data_offsets: [0, 192] } };
  const values = bytesOf(Float32Array.from(part(10, 6)));
  await writeFile(file('layers.safetensors'), safetensorsFile(mlp, values));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(...argv: string[]) {
  const streams = captured();
  const code = await main([...argv, '--json'], streams);
  return { code, ...JSON.parse(code === 0 ? streams.output() : streams.errors()) };
}

test('the example becomes a recording that exports and fits', async () => {
  const root = join(folder, 'recordings');
  const summary = await run('import', table(), '--out', root);
  expect(summary).toMatchObject({ code: 0, modules: 3, units: 16, volumes: 8, prompts: 4 });
  const recording = await openRecording(summary.folder);
  expect(recording.id).toEqual({ subject: '01', session: null, task: 'topics', run: 1 });
  expect(
    recording.modules.map(({ path, depth, kind, width }) => [path, depth, kind, width]),
  ).toEqual([
    ['/embed', 'embedding', 'output', 6],
    ['/layers.0/attn', 0, 'context', 4],
    ['/layers.0/mlp', 0, 'residual', 6],
  ]);
  expect(recording.volumes.map(({ prompt, position }) => [prompt, position])).toEqual(
    [2, 3, 2, 1].flatMap((n, p) => Array.from({ length: n }, (_, k) => [p, k])),
  );
  expect(
    recording.stimuli.map(({ event }) => [event.onset, event.duration, event.trialType]),
  ).toEqual([
    [0, 2, 'rest'],
    [2, 3, 'archeology'],
    [5, 2, 'rest'],
    [7, 1, 'archeology'],
  ]);
  const values = await collect(recording.series);
  values.forEach((x, i) => {
    expect(x).toBe(value(Math.floor(i / 16), i % 16));
  });
  const dataset = join(folder, 'dataset');
  expect(await run('export', root, dataset, '--volumes', 'token,prompt')).toMatchObject({
    runs: 2,
  });
});

test.each([
  ['file/import-table', 'task: topics', 'task: on_off'],
  ['file/import-table', 'rule: read', 'rulez: read'],
  ['file/import-table', 'modules: modules.tsv', 'modules: []'],
  ['file/not-found', 'prompts.tsv', 'prompt.tsv'],
])('%s: %s made %s is refused', async (code, from, to) => {
  const text = await readFile(table(), 'utf8');
  await writeFile(file('bad.yaml'), text.replace(from, to));
  expect(await run('import', file('bad.yaml'), '--out', join(folder, 'bad'))).toMatchObject({
    code: 2,
    error: { code },
  });
});

const inline = (array: string, volumes: number) =>
  JSON.stringify({
    subject: '1',
    task: 't',
    model: { id: 'm' },
    modules: [{ module: '/a', layer: 0, array }],
    prompts: [{ prompt: 'p', trial_type: 'x', volumes }],
  });

test('another number of rows than volumes, and values that are not finite, are refused', async () => {
  const out = join(folder, 'refused');
  await writeFile(file('rows.yaml'), inline('attention.npy', 9));
  expect(await run('import', file('rows.yaml'), '--out', out)).toMatchObject({
    error: { code: 'data/volumes-differ' },
  });
  const huge = bytesOf(Float64Array.of(1, 1e300));
  await writeFile(file('huge.npy'), npyFile({ descr: '<f8', shape: '(2, 1)' }, huge));
  await writeFile(file('huge.yaml'), inline('huge.npy', 2));
  const { error } = await run('import', file('huge.yaml'), '--out', out);
  expect(error.code).toBe('data/not-finite');
  expect(error.given).toContain('row 1, column 0');
  expect(await readdir(join(out, '1')).catch(() => [])).toEqual([]);
});
