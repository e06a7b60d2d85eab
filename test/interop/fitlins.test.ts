import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { captured } from '../workflow/streams.js';
import { COMPARE, FITLINS, SIMULATE } from './fitlins-peer.js';
import { fitlins } from './peers.js';

type Step = Readonly<Record<string, unknown>> & { readonly Name: string };

const runNode = (x: readonly (string | 1)[], steps: readonly Step[], more: object) => ({
  Level: 'Run',
  Name: 'run',
  GroupBy: ['run', 'subject'],
  Transformations: { Transformer: 'pybids-transforms-v1', Instructions: steps },
  Model: {
    Type: 'glm',
    X: x,
    Options: { HighPassFilterCutoffHz: 0.01 },
    Software: { boldbridge: { inference: 'volumes', noise: 'ar1' } },
  },
  ...more,
});
const DUMMY = { Test: 't' };
const T = (name: string, ConditionList: readonly string[], Weights: readonly number[]) => ({
  ...{ Name: name, ConditionList, Weights, Test: 't' },
});
/** fitlins knows fixed effects by a capital letter only. */
const FIXED = { Model: { Type: 'Meta', X: [1] }, DummyContrasts: DUMMY };

const LEVELS = [
  runNode(
    ['trial_type.a', 'trial_type.b', 'motion', 'both', 1],
    [
      { Name: 'Factor', Input: ['trial_type'] },
      { Name: 'Demean', Input: ['motion'] },
      { Name: 'Product', Input: ['motion', 'wave'], Output: ['both'] },
    ],
    {
      Contrasts: [T('aMinusB', ['trial_type.a', 'trial_type.b'], [1, -1])],
      DummyContrasts: { Test: 't', Contrasts: ['trial_type.a'] },
    },
  ),
  { Level: 'Subject', Name: 'subject', GroupBy: ['subject', 'contrast'], ...FIXED },
  {
    ...{ Level: 'Dataset', Name: 'dataset', GroupBy: ['contrast'] },
    Model: { Type: 'glm', X: [1] },
    DummyContrasts: DUMMY,
  },
];

const EVENTS = [
  runNode(
    ['trial_type.*', 'slow', 1],
    [
      { Name: 'Assign', Input: ['lasting'], Target: ['trial_type'], TargetAttr: 'duration' },
      { Name: 'Assign', Input: ['lasting'], Target: ['rt'], TargetAttr: 'duration' },
      { Name: 'Factor', Input: ['trial_type'] },
      { Name: 'Scale', Input: ['rt'] },
      { Name: 'Product', Input: ['rt', 'trial_type.a'], Output: ['slower'] },
      { Name: 'Rename', Input: ['slower'], Output: ['slow'] },
      { Name: 'Filter', Input: ['trial_type.b'], By: ['rt'], Query: 'rt > -0.5 and rt < 1.5' },
      { Name: 'Select', Input: ['trial_type.a', 'trial_type.b', 'slow'] },
    ],
    {
      Contrasts: [
        {
          ...{ Name: 'any', ConditionList: ['trial_type.a', 'trial_type.b'], Test: 'F' },
          Weights: [
            [1, 0],
            [0, 1],
          ],
        },
      ],
      DummyContrasts: { Test: 't', Contrasts: ['trial_type.a', 'slow'] },
    },
  ),
];

const CONVOLVED = [
  runNode(
    ['trial_type.*', 'motion', 1],
    [
      { Name: 'Assign', Input: ['lasting'], Target: ['trial_type'], TargetAttr: 'duration' },
      { Name: 'Factor', Input: ['trial_type'] },
      { Name: 'Convolve', Input: ['trial_type.*'], Model: 'spm' },
    ],
    {
      Contrasts: [T('aMinusB', ['trial_type.a', 'trial_type.b'], [1, -1])],
      DummyContrasts: { Test: 't', Contrasts: ['trial_type.a'] },
    },
  ),
];

if (fitlins.missing) console.warn(`${fitlins.missing}: skipped`);

describe.skipIf(fitlins.missing !== null)('fitlins 0.11, of the same model', () => {
  let folder: string;
  const path = (...parts: string[]) => join(folder, ...parts);
  beforeAll(async () => {
    await fitlins.install();
    folder = await mkdtemp(join(tmpdir(), 'fitlins-'));
    await fitlins.python(SIMULATE, path('slow'), '2', '96', '7');
    await fitlins.python(SIMULATE, path('fast'), '0.1', '900', '60');
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true }));

  async function compared(
    name: string,
    dataset: string,
    Nodes: readonly object[],
    subject: string[],
  ) {
    const model = path(`${name}_smdl.json`);
    const Input = { task: ['x'], subject };
    await writeFile(model, JSON.stringify({ Name: name, BIDSModelVersion: '1.0.0', Input, Nodes }));
    const [theirs, ours, mask] = [
      path(name, 'theirs'),
      path(name, 'ours'),
      path(dataset, 'mask.nii.gz'),
    ];
    const streams = captured();
    const argv = ['glm', path(dataset), ours, '--model', model, '--mask', mask, '--quiet'];
    expect([await main(argv, streams), streams.errors()]).toEqual([0, '']);
    const drift = ['--drift-model', 'cosine'];
    const code = await fitlins.python(
      FITLINS,
      path(dataset),
      model,
      theirs,
      path(name, 'work'),
      ...drift,
    );
    expect(code).toBe(0);
    return (node: string) =>
      fitlins.python<Record<string, number>>(COMPARE, mask, theirs, ours, node);
  }
  function agrees(
    found: Record<string, number>,
    maps: number,
    within: number,
    stats: readonly string[],
  ) {
    if (process.env.SHOW) console.log(found);
    expect(found.maps).toBe(maps);
    for (const stat of stats) expect(found[stat], stat).toBeLessThan(within);
  }

  test('conditions, confounds and contrasts of runs, fixed effects of subjects, the dataset', async () => {
    const at = await compared('levels', 'slow', LEVELS, ['01', '02', '03']);
    agrees(await at('run'), 48, 1e-5, ['effect', 'variance', 't', 'z']);
    agrees(await at('subject'), 18, 1e-5, ['effect', 'variance', 't']);
    agrees(await at('dataset'), 8, 1e-5, ['effect', 'variance', 't', 'z']);
  });

  test('Filter, Assign, Factor, Scale, Product, Rename and Select of events, and an F test', async () => {
    const at = await compared('events', 'slow', EVENTS, ['01']);
    agrees(await at('run'), 20, 1e-5, ['effect', 'variance', 't', 'F', 'z']);
  });

  // Only at pybids' own sampling rate, 10 Hz: what it convolved it resamples to other repetition times
  // through a filter and at times stretched to the run's end, up to a volume late. Its response is of
  // steps of 10 ms here, ours (and nilearn's) of 2 ms: 0.1 to 0.4 % of the regressor; and where a unit's
  // autocorrelation falls into nilearn's next bin of 0.01, its variance follows.
  test('Convolve, to the precision of the peer’s response', async () => {
    const at = await compared('convolved', 'fast', CONVOLVED, ['01']);
    const found = await at('run');
    agrees(found, 16, 0.01, ['effect']);
    agrees(found, 16, 0.05, ['variance', 't', 'z']);
  });
});
