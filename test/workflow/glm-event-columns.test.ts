import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { largestRelative, table } from '../golden/read.js';
import { goldenDataset } from './golden-dataset.js';
import { captured } from './streams.js';

/** The golden run whose events have two columns more: `load`, 4 at every event, and `side`. */
let folder: string;
let made: Awaited<ReturnType<typeof goldenDataset>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-columns-'));
  made = await goldenDataset(folder, { '01': [1] });
  const path = join(made.dataset, 'sub-01/func/sub-01_task-x_run-1_events.tsv');
  const [head, ...rows] = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const kind = head.split('\t').indexOf('trial_type');
  const lines = rows.map((row) => `${row}\t4\tof_${row.split('\t')[kind]}`);
  await writeFile(path, `${[`${head}\tload\tside`, ...lines].join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

async function fitted(name: string, x: readonly string[], steps: readonly object[]) {
  const file = join(folder, `${name}_smdl.json`);
  const Node = {
    ...{ Level: 'Run', Name: 'run', GroupBy: ['run', 'subject'] },
    Transformations: { Transformer: 'pybids-transforms-v1', Instructions: steps },
    Model: { Type: 'glm', X: [...x, 1], Software: { boldbridge: { noise: 'ar1' } } },
    DummyContrasts: { Test: 't', Contrasts: x.slice(0, 1) },
  };
  await writeFile(file, JSON.stringify({ Name: name, BIDSModelVersion: '1.0.0', Nodes: [Node] }));
  const streams = captured();
  const argv = ['glm', made.dataset, join(folder, name), '--mask', made.mask, '--model', file];
  expect([await main([...argv, '--quiet'], streams), streams.errors()]).toEqual([0, '']);
  return (contrast: string, stat: string) =>
    made.values(
      join(
        folder,
        name,
        `sub-01/func/sub-01_task-x_run-1_contrast-${contrast}_stat-${stat}_statmap.nii.gz`,
      ),
    );
}

const expected = table('boxcar-ar1/run-1_maps.tsv');
const factor = { Name: 'Factor', Input: ['trial_type'] };

test('a condition times a column of the events: the same t, the effect of one unit of it', async () => {
  const product = { Name: 'Product', Input: ['trial_type.a', 'load'], Output: ['aLoad'] };
  const map = await fitted('product', ['aLoad', 'trial_type.b', 'trial_type.c'], [factor, product]);
  expect(largestRelative(await map('aLoad', 't'), expected.number('a_t'))).toBeLessThan(1e-6);
  const effect = (await map('aLoad', 'effect')).map((value) => 4 * value);
  expect(largestRelative(effect, expected.number('a_effect'))).toBeLessThan(1e-6);
});

test('a column of names is factored, and other variables are filtered by it', async () => {
  const map = await fitted(
    'sides',
    ['trial_type.a', 'side.of_b', 'side.of_c'],
    [
      { Name: 'Filter', Input: ['trial_type'], By: ['side'], Query: "side in ['of_a']" },
      factor,
      { Name: 'Factor', Input: ['side'] },
    ],
  );
  expect(largestRelative(await map('a', 't'), expected.number('a_t'))).toBeLessThan(1e-6);
});
