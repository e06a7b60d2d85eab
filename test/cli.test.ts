import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../src/cli.js';
import { openNifti } from '../src/image/open-nifti.js';
import { readMap } from '../src/image/voxels.js';
import { writeMap } from '../src/image/write-nifti.js';
import { writeSmallStudy } from './workflow/small-study.js';
import { captured } from './workflow/streams.js';

let folder: string;
let study: string;
const recordings = () => join(folder, 'recordings');
const dataset = () => join(folder, 'dataset');
const func = (root: string, rest = '') => join(root, 'sub-phantom', 'func', rest);
const RUN = 'sub-phantom_task-pathology_run-1';

async function run(...argv: string[]) {
  const streams = captured();
  const code = await main(argv, streams);
  return { code, output: streams.output(), errors: streams.errors() };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-test-'));
  study = await writeSmallStudy(folder);
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

describe('the main job, verb by verb', () => {
  test('record, export, glm: each says what it made and what comes next', async () => {
    const recorded = await run('record', study, '--out', recordings());
    expect(recorded).toMatchObject({ code: 0 });
    expect(recorded.output).toMatch(/runs +4\n/);
    expect(recorded.errors).toContain('Recording: 144/144 volumes');
    const exported = await run('export', recordings(), dataset());
    expect(exported).toMatchObject({ code: 0 });
    expect(exported.output).toContain(`boldbridge glm ${dataset()}`);
    const fitted = await run('glm', dataset());
    expect(fitted).toMatchObject({ code: 0 });
    expect(fitted.output).toContain('prompts as the sample');
    expect(existsSync(join(dataset(), 'derivatives/boldbridge-glm/networks.tsv'))).toBe(true);
  });

  test('the GLM is the same from the recordings as from the dataset', async () => {
    const out = join(folder, 'from-recordings');
    expect(await run('glm', recordings(), out, '--quiet')).toEqual({
      code: 0,
      output: '',
      errors: '',
    });
    const name = `func/${RUN}_contrast-pathology_stat-t_statmap.nii.gz`;
    const read = async (root: string) => readMap(await openNifti(join(root, 'sub-phantom', name)));
    const [own, theirs] = [
      await read(out),
      await read(join(dataset(), 'derivatives/boldbridge-glm')),
    ];
    let worst = 0;
    for (const [v, t] of own.entries()) worst = Math.max(worst, Math.abs(t - theirs[v]));
    expect(Math.max(...own)).toBeGreaterThan(3);
    expect(worst).toBeLessThan(0.01);
  });

  test('--json prints the result alone, and the same command gives the same bytes', async () => {
    const out = join(folder, 'again');
    const { code, output, errors } = await run('glm', dataset(), out, '--json');
    expect([code, errors]).toEqual([0, '']);
    const summary = JSON.parse(output);
    expect(summary.networks.map(({ task }: { task: string }) => task)).toEqual([
      'archeology',
      'pathology',
    ]);
    expect(summary.overlaps).toHaveLength(1);
    const name = `sub-phantom/func/${RUN}_contrast-pathology_stat-z_statmap.nii.gz`;
    const first = await readFile(join(dataset(), 'derivatives/boldbridge-glm', name));
    expect(await readFile(join(out, name))).toEqual(first);
  });

  test('volumes as the sample come with a warning, on screen and in the sidecars', async () => {
    const out = join(folder, 'volumes');
    const { output } = await run('glm', dataset(), out, '--inference', 'volumes');
    expect(output).toContain('Warning: Volumes are taken as the sample');
    const sidecar = join(out, `sub-phantom/func/${RUN}_contrast-pathology_stat-t_statmap.json`);
    expect(JSON.parse(await readFile(sidecar, 'utf8')).Warning).toContain('0.26');
  });

  test('recording is deterministic', async () => {
    const other = join(folder, 'second');
    expect(await run('record', study, '--out', other, '--quiet')).toMatchObject({ code: 0 });
    for (const file of ['activations.npy', 'volumes.tsv', 'events.tsv', 'recording.json']) {
      const at = join('phantom', 'archeology_run-2', file);
      expect(await readFile(join(other, at))).toEqual(await readFile(join(recordings(), at)));
    }
  });
});

/** A copy of the dataset with one thing done to it. */
async function damaged(name: string, damage: (root: string) => Promise<unknown>): Promise<string> {
  const root = join(folder, name);
  await cp(dataset(), root, { recursive: true });
  await rm(join(root, 'derivatives/boldbridge-glm'), { recursive: true });
  await damage(root);
  return root;
}

const bold = (root: string) => func(root, `${RUN}_bold.nii.gz`);
const events = (root: string) => func(root, `${RUN}_events.tsv`);
const unitMask = (root: string) =>
  join(root, 'derivatives/boldbridge/sub-phantom/anat/sub-phantom_desc-units_mask.nii.gz');

const edit = async (file: string, change: (text: string) => string) =>
  writeFile(file, change(await readFile(file, 'utf8')));

describe('bad input: a clear error, exit code 2, nothing half-written', () => {
  test.each<[string, (root: string) => Promise<unknown>, string, RegExp]>([
    ['a truncated image', (root) => truncate(bold(root), 5000), 'file/truncated', /bold\.nii\.gz/],
    ['a file that is no NIfTI', (root) => writeFile(bold(root), 'text'), 'file/not-nifti', /bold/],
    [
      'events beyond the run',
      (root) => edit(events(root), (t) => t.replace(/\n16\.5\t/, '\n99\t')),
      'events/beyond-run',
      /99/,
    ],
    [
      'an events table without onsets',
      (root) => edit(events(root), (t) => t.replace('onset', 'start')),
      'file/missing-column',
      /onset/,
    ],
    [
      'NaN in the data',
      async (root) => {
        const image = await openNifti(unitMask(root));
        const values = await readMap(image);
        const inside = values.findIndex((v) => v > 0);
        await poison(bold(root), inside);
      },
      'data/not-finite',
      /bold.*pathology-1-002/,
    ],
    [
      'an empty mask',
      async (root) => {
        const { shape, affine } = await openNifti(unitMask(root));
        const grid = { shape, affine, voxelOfUnit: new Int32Array(0) };
        await writeMap(unitMask(root), { grid, values: [], dtype: 'uint8' });
      },
      'data/empty-mask',
      /mask/,
    ],
  ])('%s', async (name, damage, code, named) => {
    const root = await damaged(`damaged ${name}`, damage);
    const { code: exit, output, errors } = await run('glm', root, '--broken', 'refuse', '--json');
    expect(exit).toBe(2);
    expect(output).toBe('');
    const { error } = JSON.parse(errors);
    expect(error.code).toBe(code);
    expect(error.given).toMatch(named);
    expect(error.expected && error.todo).toBeTruthy();
    expect(await readdir(join(root, 'derivatives'))).toEqual(['boldbridge']);
  });

  test.each([
    ['a contrast that names no column', ['--contrast', 'x = patology'], 'design/unknown-column'],
    ['a contrast no file can be named after', ['--contrast', 'a - b'], 'design/contrast-label'],
    [
      'a rank-deficient design (rest modelled beside task and constant)',
      ['--baseline', 'none', '--contrast', 'pathology'],
      'design/rank-deficient',
    ],
    ['a confound that is not there', ['--confounds', 'motion'], 'file/missing-column'],
    ['AR(1) over prompts', ['--noise', 'ar1', '--inference', 'prompts'], 'design/noise-of-prompts'],
    ['no run left', ['--task', 'music'], 'data/nothing-selected'],
    ['a mask of another shape', ['--mask', 'MASK'], 'file/mask-shape'],
  ])('%s', async (name, flags, code) => {
    const mask = join(folder, 'small-mask.nii.gz');
    const { affine } = await openNifti(unitMask(dataset()));
    const grid = { shape: [2, 2, 2] as const, affine, voxelOfUnit: Int32Array.of(0) };
    await writeMap(mask, { grid, values: [1], dtype: 'uint8' });
    const out = join(folder, `refused ${name}`);
    const given = flags.map((flag) => (flag === 'MASK' ? mask : flag));
    const tasks = flags.includes('--task') ? [] : ['--task', 'pathology'];
    const { code: exit, errors } = await run('glm', dataset(), out, '--json', ...tasks, ...given);
    expect(exit).toBe(2);
    expect(JSON.parse(errors).error.code).toBe(code);
    expect(existsSync(out)).toBe(false);
  });

  test('an unknown model, and a model folder without onnx/', async () => {
    const bare = join(folder, 'bare');
    await mkdir(bare);
    await writeFile(join(bare, 'config.json'), '{}');
    for (const [model, code] of [
      ['galactica', 'model/unknown'],
      ['./bare', 'model/no-onnx'],
    ]) {
      const file = await writeSmallStudy(folder, { model });
      const out = join(folder, 'refused-model');
      const { code: exit, errors } = await run('record', file, '--out', out, '--json');
      expect([exit, JSON.parse(errors).error.code]).toEqual([2, code]);
      expect(existsSync(out)).toBe(false);
    }
  });

  test('an output folder that already holds something; --force replaces it', async () => {
    await writeSmallStudy(folder);
    for (const argv of [
      ['record', study, '--out', recordings()],
      ['export', recordings(), dataset()],
      ['glm', dataset()],
      ['demo', folder],
    ]) {
      const { code, errors } = await run(...argv, '--json');
      expect([code, JSON.parse(errors).error.code]).toEqual([2, 'output/exists']);
    }
    expect(await run('glm', dataset(), '--force', '--quiet')).toMatchObject({ code: 0 });
  });

  test('recordings that are none', async () => {
    const { code, errors } = await run('export', join(folder, 'bare'), join(folder, 'x'), '--json');
    expect([code, JSON.parse(errors).error.code]).toEqual([2, 'file/no-recording']);
  });

  test.each([
    [['frobnicate']],
    [['glm']],
    [['glm', 'x', '--hrf', 'round']],
    [['glm', 'x', '--alpha', '2']],
    [['record', 'x', '--colour']],
  ])('a command line that cannot be understood: %s', async (argv) => {
    const { code, output, errors } = await run(...argv);
    expect([code, output]).toEqual([2, '']);
    expect(errors).toMatch(/^error: /);
  });
});

test.each(['demo', 'record', 'export', 'glm'])('%s --help shows an example', async (verb) => {
  const { code, output } = await run(verb, '--help');
  expect(code).toBe(0);
  expect(output).toContain('Example:\n  boldbridge ');
});

/** Writes NaN into one voxel of the fifth volume. */
async function poison(file: string, voxel: number): Promise<void> {
  const { gunzipSync, gzipSync } = await import('node:zlib');
  const bytes = gunzipSync(await readFile(file));
  const { shape, offset } = await openNifti(file);
  const perVolume = shape[0] * shape[1] * shape[2];
  bytes.writeFloatLE(Number.NaN, offset + 4 * (4 * perVolume + voxel));
  await writeFile(file, gzipSync(bytes));
}
