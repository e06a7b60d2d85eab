import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { centredAffine } from '../../src/image/affine.js';
import { openMask } from '../../src/image/mask.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { requireOneGrid } from '../../src/workflow/glm/nodes/grids.js';
import { goldenDataset } from './golden-dataset.js';
import { captured } from './streams.js';

/** Input that is wrong in one way each: named, or counted, never passed over. */
let folder: string;
let made: Awaited<ReturnType<typeof goldenDataset>>;
let dataset: string;
let count = 0;
const run = (n: number, rest: string) =>
  join(dataset, `sub-01/func/sub-01_task-x_run-${n}_${rest}`);
const out = (rest = '') => join(folder, `out-${count}`, rest);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-bad-'));
  made = await goldenDataset(folder);
});
beforeEach(async () => {
  dataset = join(folder, `dataset-${++count}`);
  await cp(made.dataset, dataset, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

async function glm(...flags: string[]) {
  const streams = captured();
  const quick = flags.includes('--model') ? [] : ['--noise', 'ols', '--drift', 'none'];
  const argv = ['glm', dataset, out(), '--mask', made.mask, '--json', ...quick, ...flags];
  const code = await main(argv, streams);
  const [text, errors] = [streams.output(), streams.errors()];
  expect([0, 2]).toContain(code);
  return code === 0
    ? { error: { code: 'none', given: '' }, summary: JSON.parse(text) }
    : { error: JSON.parse(errors).error, summary: null };
}

/** Changes an image's bytes. */
async function edit(n: number, change: (bytes: Buffer, offset: number) => void) {
  const file = run(n, 'bold.nii.gz');
  const { offset } = await openNifti(file);
  const bytes = gunzipSync(await readFile(file));
  change(bytes, offset);
  await writeFile(file, gzipSync(bytes, { level: 1 }));
}

const events = (...rows: string[]) =>
  writeFile(run(1, 'events.tsv'), `onset\tduration\ttrial_type\n${rows.join('\n')}\n`);
const GOOD = ['10\t20\ta', '50\t20\tb', '90\t20\ta'];

describe('events', () => {
  test.each([
    ['a negative duration', ['10\t-3\ta'], 'events/no-time', /duration -3 .*line 2/],
    ['an onset that is no number', ['10\t3\ta', 'ten\t3\tb'], 'file/not-a-number', /'ten'.*line 3/],
    ['a row twice', [...GOOD, '50\t20\tb'], 'events/duplicate', /'b' at 50 s/],
    ['an event after the end', [...GOOD, '500\t20\tb'], 'events/beyond-run', /500 s/],
  ])('%s is refused', async (_, rows, code, given) => {
    await events(...rows);
    const { error } = await glm();
    expect(error.code).toBe(code);
    expect(error.given).toMatch(given);
    expect(error.given).toContain('run-1');
  });

  test('rows out of order are sorted, and it is said', async () => {
    await events(GOOD[1], GOOD[0], GOOD[2]);
    const { summary } = await glm('--contrast', 'a');
    expect(summary.warnings.join()).toMatch(/run-1_events.tsv is not in order of onset.*line 3/);
    const unsorted = await made.values(out(`${RUN}_contrast-a_stat-t_statmap.nii.gz`));
    await events(...GOOD);
    count++;
    await glm('--contrast', 'a');
    expect(await made.values(out(`${RUN}_contrast-a_stat-t_statmap.nii.gz`))).toEqual(unsorted);
  });

  test('no column trial_type, and rows without one, are counted', async () => {
    await writeFile(run(1, 'events.tsv'), 'onset\tduration\n10\t20\n50\t20\n');
    await writeFile(
      run(2, 'events.tsv'),
      'onset\tduration\ttrial_type\n10\t20\tn/a\n50\t20\ttrial\n',
    );
    const { summary } = await glm();
    const said = summary.warnings.join('\n');
    expect(said).toMatch(/run-1_events.tsv has no column trial_type/);
    expect(said).toMatch(/run-2_events.tsv: 1 of 2 events have no trial_type/);
  });

  test('a missing file is named with the run it is missing for', async () => {
    await rm(run(2, 'events.tsv'));
    const { error } = await glm();
    expect(error.code).toBe('events/none');
    expect(error.given).toContain('run-2_bold.nii.gz');
  });
});

const RUN = 'sub-01/func/sub-01_task-x_run-1';

test('columns that depend on each other are named, all of them and no other', async () => {
  await events('0\t135\ta', '135\t135\tb', '30\t20\tc');
  const named = await glm('--hrf', 'none', '--contrast', 'd = a - b');
  expect(named.error.code).toBe('design/rank-deficient');
  expect(named.error.given).toMatch(/run-1.*: a, b, constant$/);
});

test('fewer volumes than columns are refused, with both numbers', async () => {
  const delays = Array.from({ length: 60 }, (_, i) => i).join(',');
  const { error } = await glm('--hrf', 'fir', '--fir-delays', delays);
  expect(error.code).toBe('design/too-few-rows');
  expect(error.given).toMatch(/181 columns over 180 rows/);
});

describe('units', () => {
  const SIZE = 600; // 10 x 10 x 6
  const fill = (voxel: number, value: number) => (bytes: Buffer, offset: number) => {
    for (let t = 0; t < 180; t++) bytes.writeFloatLE(value, offset + 4 * (t * SIZE + voxel));
  };

  test('that never change or are NaN throughout are masked and counted', async () => {
    const [first, second, third] = (await openMask(made.mask)).voxels;
    await edit(1, (bytes, offset) => {
      fill(first, 7)(bytes, offset);
      fill(second, Number.NaN)(bytes, offset);
      fill(third, 0)(bytes, offset);
    });
    const { summary } = await glm('--contrast', 'a');
    expect(summary.brokenUnits).toEqual([
      expect.objectContaining({ units: 256, constant: 2, notFinite: 1, masked: true }),
    ]);
    expect(summary.warnings.join()).toMatch(/run-1.*256 units 2 never change and 1 hold/);
    const file = out(`${RUN}_contrast-a_stat-t_statmap.json`);
    expect(JSON.parse(await readFile(file, 'utf8')).BrokenUnits).toMatchObject({
      Constant: 2,
      NotFinite: 1,
    });
    const t = await made.values(file.replace('.json', '.nii.gz'));
    expect(t.filter((value) => value === 0)).toHaveLength(3);
  });

  test('that are NaN outside the mask change nothing', async () => {
    const inside = new Set((await openMask(made.mask)).voxels);
    const outside = Array.from({ length: SIZE }, (_, v) => v).filter((v) => !inside.has(v));
    expect(outside.length).toBeGreaterThan(100);
    await edit(1, (bytes, offset) => {
      for (const voxel of outside) fill(voxel, Number.NaN)(bytes, offset);
    });
    const { summary } = await glm('--contrast', 'a');
    expect(summary.brokenUnits).toEqual([]);
    const t = await made.values(out(`${RUN}_contrast-a_stat-t_statmap.nii.gz`));
    dataset = made.dataset;
    count++;
    await glm('--contrast', 'a');
    expect(await made.values(out(`${RUN}_contrast-a_stat-t_statmap.nii.gz`))).toEqual(t);
  });

  test('none of which is left: a volume of NaN is refused', async () => {
    await edit(2, (bytes, offset) => {
      for (let v = 0; v < SIZE; v++) bytes.writeFloatLE(Number.NaN, offset + 4 * (9 * SIZE + v));
    });
    const { error } = await glm();
    expect(error.code).toBe('data/no-unit-left');
    expect(error.given).toMatch(/run-2.*256 hold values that are not finite/);
  });
});

test.each([
  [1.502, 'file/repetition-time'],
  [1.5009, 'none'],
])('a sidecar of %d s beside a header of 1.5 s: %s', async (seconds, code) => {
  await writeFile(join(dataset, 'task-x_bold.json'), `{"RepetitionTime":${seconds}}`);
  const { error } = await glm();
  expect(error.code).toBe(code);
  if (code !== 'none') expect(error.given).toMatch(/header says 1\.5 s .* 1\.502 s/);
});

describe('runs on different grids', () => {
  test('one that lies elsewhere than the mask is named', async () => {
    await edit(2, (bytes) => bytes.writeFloatLE(bytes.readFloatLE(292) + 4, 292)); // srow_x[3]
    const { error } = await glm();
    expect(error.code).toBe('file/mask-affine');
    expect(error.expected).toContain('run-2_bold.nii.gz');
  });

  const grid = { shape: [3, 2, 2], affine: centredAffine([3, 2, 2], 2) } as const;
  const one = { ...grid, voxelOfUnit: Int32Array.of(0, 5, 7) };
  test.each([
    ['shape', { ...one, shape: [3, 2, 3] as const }, '3 x 2 x 2', '3 x 2 x 3'],
    ['affine', { ...one, affine: centredAffine([3, 2, 2], 3) }, '[2,0,0,', '[3,0,0,'],
    ['size of the mask', { ...one, voxelOfUnit: Int32Array.of(0, 5) }, '3 units', '2 units'],
    ['mask', { ...one, voxelOfUnit: Int32Array.of(0, 5, 8) }, 'a mask', 'another mask'],
  ])('of another %s are not combined: both are named', (_, other, of, and) => {
    const places = [one, one, other].map((own, r) => ({ name: `run-${r + 1}`, grid: own }));
    expect(() => requireOneGrid(places.slice(0, 2), 'runs')).not.toThrow();
    const thrown = expect.objectContaining({
      code: 'data/grids',
      given: expect.stringMatching(/run-1 .*run-3 /),
    });
    expect(() => requireOneGrid(places, 'runs')).toThrow(thrown);
    expect(() => requireOneGrid(places, 'runs')).toThrow(of);
    expect(() => requireOneGrid(places, 'runs')).toThrow(and);
  });
});

describe('participants.tsv', () => {
  const model = (X: unknown[]) => ({
    Name: 'm',
    BIDSModelVersion: '1.0.0',
    Nodes: [
      {
        Level: 'Run',
        Name: 'run',
        GroupBy: ['run', 'subject'],
        Transformations: {
          Transformer: 'pybids-transforms-v1',
          Instructions: [{ Name: 'Factor', Input: ['trial_type'] }],
        },
        Model: { Type: 'glm', X: ['trial_type.*', 1] },
        DummyContrasts: { Test: 't', Contrasts: ['trial_type.a'] },
      },
      {
        Level: 'Subject',
        Name: 'subject',
        GroupBy: ['subject', 'contrast'],
        Model: { Type: 'meta', X: [1] },
        DummyContrasts: { Test: 't' },
      },
      {
        Level: 'Dataset',
        Name: 'dataset',
        GroupBy: ['contrast'],
        Model: { Type: 'glm', X },
        DummyContrasts: { Test: 't' },
      },
    ],
  });
  const refusalOf = async (X: unknown[]) => {
    const file = join(folder, 'bad_smdl.json');
    await writeFile(file, JSON.stringify(model(X)));
    return (await glm('--model', file)).error;
  };

  test('that is missing is named, with the column it is wanted for', async () => {
    const error = await refusalOf([1, 'age']);
    expect(error.code).toBe('file/no-participants');
    expect(error.given).toMatch(/participants\.tsv.*ENOENT.*age/);
  });

  test('without a number for a subject names the subject', async () => {
    await writeFile(join(dataset, 'participants.tsv'), 'participant_id\tage\nsub-02\t30\n');
    const error = await refusalOf([1, 'age']);
    expect(error.code).toBe('file/participant');
    expect(error.given).toMatch(/sub-01.*age/);
  });
});
