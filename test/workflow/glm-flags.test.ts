import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { openMask } from '../../src/image/mask.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { seriesOf } from '../../src/image/voxels.js';
import { largestRelative, table } from '../golden/read.js';
import { goldenDataset } from './golden-dataset.js';
import { captured } from './streams.js';

/** Flags of the verb against nilearn's numbers for the same files. */
let folder: string;
let made: Awaited<ReturnType<typeof goldenDataset>>;
const RUN = 'sub-01/func/sub-01_task-x_run-1';
const out = (name: string, rest = '') => join(folder, name, rest);
const json = async (path: string) => JSON.parse(await readFile(path, 'utf8'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-flags-'));
  made = await goldenDataset(folder);
});
afterAll(() => rm(folder, { recursive: true }));

async function glm(name: string, ...flags: string[]) {
  const streams = captured();
  const argv = ['glm', made.dataset, out(name), '--mask', made.mask, '--json', ...flags];
  const code = await main(argv, streams);
  const [text, errors] = [streams.output(), streams.errors()];
  return {
    code,
    summary: code === 0 ? JSON.parse(text) : null,
    error: code ? JSON.parse(errors).error : null,
  };
}

describe.each([
  ['spm3-cosine-ar1', 'ar1', '0.008', 'spm + derivative + dispersion', 'a', 'any = a; b; c'],
  [
    'fir-cosine-ols',
    'ols',
    '0.01',
    'fir',
    'a = a_delay_2',
    'any = a_delay_2; b_delay_2; c_delay_1',
  ],
])('%s', (name, noise, highPass, hrf, contrast, test_) => {
  test('t, F, r squared and their names are nilearn’s, to 1e-6 relative', async () => {
    const delays = hrf === 'fir' ? ['--fir-delays', '0,1,2,3,4'] : [];
    const model = ['--noise', noise, '--high-pass', highPass, '--drift', 'cosine', '--hrf', hrf];
    const asked = ['--contrast', contrast, '--f-contrast', test_];
    expect((await glm(name, ...model, ...delays, ...asked)).code).toBe(0);
    const expected = table(`${name}/run-1_maps.tsv`);
    for (const [stat, column] of [
      ['contrast-a_stat-t', 'a_t'],
      ['contrast-any_stat-F', 'any_F'],
      ['contrast-any_stat-z', 'any_z'],
      ['contrast-any_stat-p', 'any_p'],
      ['stat-rsquared', 'r_square'],
    ]) {
      const own = await made.values(out(name, `${RUN}_${stat}_statmap.nii.gz`));
      expect(largestRelative(own, expected.number(column)), column).toBeLessThan(1e-6);
    }
    const picture = await readFile(out(name, `${RUN}_design.svg`), 'utf8');
    for (const shown of ['sub-01 task-x run-1', 'any (F)', '180 volumes', 'constant'])
      expect(picture).toContain(`>${shown}</text>`);
    const sidecar = await json(out(name, `${RUN}_contrast-any_stat-F_statmap.json`));
    expect(sidecar).toMatchObject({ Statistic: 'F', NumeratorDegreesOfFreedom: 3, HRF: hrf });
  });

  test('its model, written down, gives the same maps byte for byte', async () => {
    const again = `${name}-model`;
    expect((await glm(again, '--model', out(name, 'model_smdl.json'))).code).toBe(0);
    for (const stat of [
      '_run-1_contrast-any_stat-F',
      '_contrast-any_stat-F',
      '_contrast-a_stat-z',
    ]) {
      const file = `sub-01/func/sub-01_task-x${stat}_statmap.nii.gz`;
      expect(await readFile(out(again, file)), file).toEqual(await readFile(out(name, file)));
    }
  });
});

test('without contrasts, fir’s conditions are the mean over their delays', async () => {
  const flags = ['--hrf', 'fir', '--fir-delays', '0,1', '--noise', 'ols'];
  await glm('fir', ...flags);
  await glm('fir-mean', ...flags, '--contrast', 'a = 0.5*a_delay_0 + 0.5*a_delay_1');
  const file = `${RUN}_contrast-a_stat-effect_statmap.nii.gz`;
  expect(await readFile(out('fir', file))).toEqual(await readFile(out('fir-mean', file)));
});

test('confounds by pattern are those by name', async () => {
  await glm('by-pattern', '--confounds', 'w*', '--confounds', 'nois?');
  await glm('by-name', '--confounds', 'wave', '--confounds', 'noise');
  const file = `${RUN}_contrast-a_stat-t_statmap.nii.gz`;
  expect(await readFile(out('by-pattern', file))).toEqual(await readFile(out('by-name', file)));
  expect((await glm('none', '--confounds', 'trans_*')).error.code).toBe('design/unknown-confound');
});

test('residuals of OLS sum to 0 in every unit; -log10 p is of p', async () => {
  await glm('left', '--noise', 'ols', '--hrf', 'none', '--drift', 'none', '--residuals', '--log-p');
  const image = await openNifti(out('left', `${RUN}_stat-errorts_statmap.nii.gz`));
  expect(image.volumes).toBe(180);
  expect(image.repetitionTime).toBeCloseTo(1.5, 6);
  const series = seriesOf(image, (await openMask(made.mask)).voxels);
  const [sum, square] = [new Float64Array(series.units), new Float64Array(series.units)];
  for await (const { volumes, values } of series.blocks())
    for (let i = 0; i < volumes * series.units; i++) {
      sum[i % series.units] += values[i];
      square[i % series.units] += values[i] ** 2;
    }
  const largest = Math.max(...square);
  expect(Math.max(...sum.map(Math.abs)) / Math.sqrt(largest)).toBeLessThan(1e-4);
  const p = await made.values(out('left', `${RUN}_contrast-a_stat-p_statmap.nii.gz`));
  const logP = await made.values(out('left', `${RUN}_contrast-a_stat-logp_statmap.nii.gz`));
  expect(Math.max(...logP)).toBeGreaterThan(3);
  for (const [u, value] of p.entries())
    expect(Math.abs(logP[u] + Math.log10(value))).toBeLessThan(1e-5);
  const { DegreesOfFreedom: dof } = await json(
    out('left', `${RUN}_contrast-a_stat-t_statmap.json`),
  );
  expect(dof).toBe(176);
});

test('censored volumes are left out: dof fall, and the same as with a column for each', async () => {
  const confounds = (run: number) =>
    join(
      made.dataset,
      `derivatives/fmriprep/sub-01/func/sub-01_task-x_run-${run}_desc-confounds_timeseries.tsv`,
    );
  for (const run of [1, 2]) {
    const lines = (await readFile(confounds(run), 'utf8')).trimEnd().split('\n');
    const marks = lines.map((line, i) =>
      i === 0 ? `${line}\tscrub0\tscrub1` : `${line}\t${i === 21 ? 1 : 0}\t${i === 91 ? 1 : 0}`,
    );
    await writeFile(confounds(run), `${marks.join('\n')}\n`);
  }
  const model = ['--noise', 'ols', '--contrast', 'a'];
  expect((await glm('censored', ...model, '--censor', 'scrub*')).code).toBe(0);
  expect((await glm('scrubbed', ...model, '--confounds', 'scrub*')).code).toBe(0);
  const file = (root: string, rest: string) =>
    out(root, `${RUN}_contrast-a_stat-t_statmap.${rest}`);
  const [censored, scrubbed] = await Promise.all(
    ['censored', 'scrubbed'].map((root) => made.values(file(root, 'nii.gz'))),
  );
  expect(largestRelative(censored, scrubbed)).toBeLessThan(1e-6);
  const sidecar = await json(file('censored', 'json'));
  expect(sidecar.CensoredVolumes).toEqual([20, 90]);
  expect(sidecar.DegreesOfFreedom).toBe((await json(file('scrubbed', 'json'))).DegreesOfFreedom);
  const again = ['--model', out('censored', 'model_smdl.json')];
  await glm('censored-model', ...again);
  expect(await readFile(file('censored-model', 'nii.gz'))).toEqual(
    await readFile(file('censored', 'nii.gz')),
  );
});

test.each(['ar3', 'arma'])('%s noise gives maps near those of AR(1)', async (noise) => {
  const tests = ['--contrast', 'a', '--f-contrast', 'one = a'];
  const model = ['--hrf', 'none', '--drift', 'none', ...tests];
  expect((await glm(noise, ...model, '--noise', noise)).code).toBe(0);
  const own = await made.values(out(noise, `${RUN}_contrast-a_stat-t_statmap.nii.gz`));
  const F = await made.values(out(noise, `${RUN}_contrast-one_stat-F_statmap.nii.gz`));
  const squares = own.map((t) => t * t);
  expect(largestRelative(F, squares)).toBeLessThan(1e-5);
  const ar1 = table('boxcar-ar1/run-1_maps.tsv').number('a_t');
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [mo, ma] = [mean(own), mean(ar1)];
  const dot = (x: readonly number[], mx: number, y: readonly number[], my: number) =>
    x.reduce((sum, v, i) => sum + (v - mx) * (y[i] - my), 0);
  const r = dot(own, mo, ar1, ma) / Math.sqrt(dot(own, mo, own, mo) * dot(ar1, ma, ar1, ma));
  expect(r).toBeGreaterThan(0.98);
  expect(own).not.toEqual(ar1);
  const sidecar = await json(out(noise, `${RUN}_contrast-a_stat-t_statmap.json`));
  expect(sidecar.NoiseModel).toBe(noise);
});

test('the top 10 per cent are the 26 of 256 units with the largest |z|', async () => {
  const { summary } = await glm('top', '--threshold', 'top', '--top', '10', '--contrast', 'a');
  expect(summary.networks[0]).toMatchObject({ units: 256, active: 26 });
  const z = await made.values(
    out('top', 'sub-01/func/sub-01_task-x_contrast-a_stat-z_statmap.nii.gz'),
  );
  const sizes = z.map(Math.abs).sort((a, b) => b - a);
  expect(summary.networks[0].threshold).toBeCloseTo(sizes[25], 5);
});

test('units that are not finite are refused, or masked with dof 0 in all maps', async () => {
  const bold = join(made.dataset, 'sub-01/func/sub-01_task-x_run-1_bold.nii.gz');
  await cp(bold, `${bold}.kept`);
  const image = await openNifti(bold);
  const bytes = gunzipSync(await readFile(bold));
  const [voxel] = (await openMask(made.mask)).voxels;
  bytes.writeFloatLE(Number.NaN, image.offset + 4 * voxel);
  await writeFile(bold, gzipSync(bytes));
  const refused = await glm('refused', '--contrast', 'a', '--broken', 'refuse');
  expect(refused.error.code).toBe('data/not-finite');
  const masked = await glm('masked', '--contrast', 'a');
  expect(masked.code).toBe(0);
  expect(masked.summary.brokenUnits).toMatchObject([{ units: 256, constant: 0, notFinite: 1 }]);
  const dof = await made.values(out('masked', `${RUN}_contrast-a_stat-dof_statmap.nii.gz`));
  expect(dof.filter((value) => value === 0)).toHaveLength(1);
  const both = 'sub-01/func/sub-01_task-x_contrast-a_stat-dof_statmap.nii.gz';
  const sums = await made.values(out('masked', both));
  // The other run still counts for the unit that one run masked.
  expect([...new Set(sums)].sort((a, b) => a - b)).toEqual([dof[1], 2 * dof[1]]);
  await rm(bold);
  await cp(`${bold}.kept`, bold);
  await rm(`${bold}.kept`);
});

test.each([
  ['design/fir-delays', ['--fir-delays', '0,1', '--hrf', 'spm']],
  ['design/no-prompts', ['--inference', 'mixed']],
  ['design/no-prompts', ['--inference', 'cluster']],
  ['design/broken-of-inference', ['--noise', 'arma', '--broken', 'mask']],
  ['design/censor-of-prompts', ['--noise', 'arma', '--censor', 'scrub0']],
  ['design/residuals', ['--noise', 'arma', '--residuals']],
  ['design/f-contrast', ['--f-contrast', 'a; b']],
  ['design/contrast-twice', ['--f-contrast', 'a = b; c']],
  ['design/censor-column', ['--censor', 'wave']],
])('%s', async (code, flags) => {
  expect((await glm('refusal', ...flags)).error.code).toBe(code);
});
