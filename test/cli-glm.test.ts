import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../src/cli.js';
import { parseTsv } from '../src/files/tsv.js';
import { openMask } from '../src/image/mask.js';
import { openNifti } from '../src/image/open-nifti.js';
import { readMap } from '../src/image/voxels.js';
import { writeSmallStudy } from './workflow/small-study.js';
import { captured } from './workflow/streams.js';

/** The glm verb on recordings of the phantom: two tasks, two runs, six prompts on and six off a run. */
let folder: string;
let inside: Int32Array;
const path = (...parts: string[]) => join(folder, ...parts);
const TASK = 'sub-phantom/func/sub-phantom_task-pathology';

async function run(...argv: string[]) {
  const streams = captured();
  const code = await main([...argv, '--json'], streams);
  const parsed = JSON.parse(code === 0 ? streams.output() : streams.errors());
  return { code, summary: code === 0 ? parsed : null, error: code === 0 ? null : parsed.error };
}
const glm = (out: string, ...flags: string[]) => run('glm', path('dataset'), path(out), ...flags);
const map = async (out: string, rest: string) => {
  const values = await readMap(await openNifti(path(out, `${TASK}${rest}_statmap.nii.gz`)));
  return Array.from(inside, (voxel) => values[voxel]);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-glm-'));
  const study = await writeSmallStudy(folder);
  expect((await run('record', study, '--out', path('recordings'))).code).toBe(0);
  expect((await run('export', path('recordings'), path('dataset'))).code).toBe(0);
  const mask = 'derivatives/boldbridge/sub-phantom/anat/sub-phantom_desc-units_mask.nii.gz';
  inside = (await openMask(path('dataset', mask))).voxels;
  expect((await glm('prompts')).code).toBe(0);
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

/** The largest difference over units chosen by another map, over the size of what is expected. */
const furthest = (a: readonly number[], b: readonly number[], of: (u: number) => boolean) =>
  a.reduce(
    (worst, v, u) =>
      of(u) ? Math.max(worst, Math.abs(v - b[u]) / Math.max(1, Math.abs(b[u]))) : worst,
    0,
  );

describe('prompts as the sample, three ways: one answer where the design is balanced', () => {
  test('mixed: where prompts differ, t and dof are those of prompt means over both runs', async () => {
    const { summary } = await glm('mixed', '--inference', 'mixed');
    expect(summary.inference).toBe('mixed');
    const dof = await map('mixed', '_contrast-pathology_stat-dof');
    const own = await map('mixed', '_contrast-pathology_stat-t');
    const theirs = await map('prompts', '_contrast-pathology_stat-t');
    // tau2 > 0: 24 prompts less a constant a run and the condition is 21; means have 10 a run.
    const between = dof.map((value) => Math.abs(value - 21) < 0.5);
    expect(between.filter(Boolean).length).toBeGreaterThan(inside.length / 4);
    const effects = ['mixed', 'prompts'].map((out) => map(out, '_contrast-pathology_stat-effect'));
    const [mixed, means] = await Promise.all(effects);
    // Units that never change in one of the runs are masked there: their mean is of the other run.
    const inBoth = (await map('prompts', '_contrast-pathology_stat-dof')).map((v) => v === 20);
    expect(inBoth.filter(Boolean).length).toBeGreaterThan(0.9 * inside.length);
    expect(furthest(mixed, means, (u) => inBoth[u])).toBeLessThan(1e-4);
    // The pooled variance of both runs has one dof more: t scales by sqrt(21 / 20) at most.
    const ratio = own
      .map((t, u) => t / theirs[u])
      .filter((_, u) => between[u] && inBoth[u] && Math.abs(theirs[u]) > 1);
    for (const r of ratio) expect(r).toBeLessThan(Math.sqrt(21 / 20) + 1e-3);
    expect(Math.max(...ratio)).toBeGreaterThan(1);
  });

  test('cluster: of one run, effect and t are those of prompt means', async () => {
    expect((await glm('cluster', '--inference', 'cluster')).code).toBe(0);
    for (const stat of ['effect', 't']) {
      const [own, theirs] = await Promise.all(
        ['cluster', 'prompts'].map((out) => map(out, `_run-1_contrast-pathology_stat-${stat}`)),
      );
      expect(Math.max(...theirs)).toBeGreaterThan(3);
      expect(
        furthest(own, theirs, () => true),
        stat,
      ).toBeLessThan(1e-4);
    }
  });
});

describe('modules', () => {
  test('a table for each network; the same from recordings, whose units lie otherwise', async () => {
    expect((await run('glm', path('recordings'), path('own'))).code).toBe(0);
    const read = async (out: string) => {
      const file = path(out, `${TASK}_contrast-pathology_modules.tsv`);
      return parseTsv(await readFile(file, 'utf8'), file).rows;
    };
    const [ours, theirs] = [await read('own'), await read('prompts')];
    expect(ours.length).toBeGreaterThan(10);
    ours.forEach((row, i) => {
      expect(row.slice(0, 3)).toEqual(theirs[i].slice(0, 3));
      expect(Math.abs(Number(row[4]) - Number(theirs[i][4]))).toBeLessThanOrEqual(1);
      expect(Number(row[4])).toBeLessThanOrEqual(Number(row[2]));
    });
    const sum = (level: string, column: number) =>
      theirs.reduce((all, row) => all + (row[0] === level ? Number(row[column]) : 0), 0);
    expect(sum('module', 2)).toBe(inside.length);
    expect(sum('layer', 2)).toBe(inside.length);
    expect(sum('layer', 4)).toBeGreaterThan(0);
    // A set holds at least what its parts hold together.
    expect(sum('layer', 4)).toBeGreaterThanOrEqual(sum('module', 4));
  });

  test('they are in --json', async () => {
    const { summary } = await glm('json', '--task', 'pathology');
    const [{ modules, active }] = summary.networks;
    const count = modules
      .filter(({ level }: { level: string }) => level === 'module')
      .reduce((sum: number, row: { active: number }) => sum + row.active, 0);
    expect(count).toBe(active);
  });
});

const images = async (out: string) =>
  (await readdir(path(out), { recursive: true })).filter((name) => name.endsWith('.nii.gz')).sort();

describe('the model that is written gives the same maps byte for byte', () => {
  test.each([
    ['prompts', []],
    ['mixed-pattern', ['--inference', 'mixed', '--confounds', 'pos*']],
    [
      'cluster-f',
      [
        ...['--inference', 'cluster', '--confounds', 'surprisal'],
        ...['--f-contrast', 'both = constant; surprisal'],
      ],
    ],
    ['one-f', ['--f-contrast', 'both = constant; surprisal', '--confounds', 'surprisal']],
    [
      'by-volume',
      [
        '--inference',
        'volumes',
        '--noise',
        'ar2',
        '--hrf',
        'glover + derivative',
        '--drift',
        'polynomial',
      ],
    ],
  ])('%s', async (out, flags) => {
    if (out !== 'prompts') expect((await glm(out, ...flags)).code).toBe(0);
    const again = `${out}-again`;
    const { code } = await glm(again, '--model', path(out, 'model_smdl.json'));
    expect(code).toBe(0);
    const names = await images(out);
    expect(await images(again)).toEqual(names);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names)
      expect(
        (await readFile(path(again, name))).equals(await readFile(path(out, name))),
        name,
      ).toBe(true);
  });
});

test.each([
  ['design/model-and-flags', ['--model', 'MODEL', '--noise', 'ols']],
  ['file/not-found', ['--model', 'nowhere_smdl.json']],
  ['design/noise-of-prompts', ['--noise', 'ar3']],
  ['design/noise-of-prompts', ['--noise', 'arma', '--inference', 'mixed']],
  ['design/censor-of-prompts', ['--censor', 'first_token']],
  ['design/residuals', ['--residuals']],
])('%s: %s', async (code, flags) => {
  const given = flags.map((flag) => (flag === 'MODEL' ? path('prompts/model_smdl.json') : flag));
  const { error } = await glm('refusal', ...given);
  expect(error.code).toBe(code);
});
