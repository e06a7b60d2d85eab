import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { numberColumn, parseTsv, textColumn } from '../../src/files/tsv.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { readMap } from '../../src/image/voxels.js';
import { correlation } from '../../src/math/correlation.js';
import { table } from '../golden/read.js';
import { fixture, spmFolder } from '../tools/make-results.js';
import { type CollectGolden, collectGolden, command } from './collect-golden.js';

const CONTRASTS = ['a', 'b', 'aMinusB'] as const;
const ONLY = CONTRASTS.flatMap((name) => ['--contrast', name]);
const peers = table('peers/peers.tsv');
let folder: string;
let dataset: string;
let mask: string;
let values: CollectGolden['values'];
let collect: CollectGolden['collect'];
let refusal: CollectGolden['refusal'];
let mapOf: CollectGolden['mapOf'];

const largest = (a: readonly number[], b: readonly number[]) =>
  a.reduce((most, value, u) => Math.max(most, Math.abs(value - b[u])), 0);

beforeAll(async () => {
  const golden = await collectGolden();
  ({ folder, dataset, mask, values, collect, refusal, mapOf } = golden);
  for (const noise of ['ols', 'ar1'] as const) await golden.fit(noise);
  await spmFolder('none', join(folder, 'spm-none'));
  await spmFolder('ar1', join(folder, 'spm-ar1'));
});

afterAll(() => rm(folder, { recursive: true }));

describe('least squares agrees with boldbridge glm to 1e-4', () => {
  test.each([
    ['FSL', fixture('fsl', 'ols'), 176, 'fsl_ols', '_t'],
    ['SPM', '', 175, 'spm_ols', '_t'],
    ['AFNI', fixture('afni', 'ols.nii.gz'), 175, 'afni_ols', '_GLT_t'],
  ])('%s', async (tool, path, dof, column, ending) => {
    const { rows } = await collect(path || join(folder, 'spm-none'), `by-${tool}`, ...ONLY);
    expect(rows.map((row) => [row.tool, row.dof && Math.round(row.dof), row.missing])).toEqual(
      CONTRASTS.map(() => [tool, dof, 0]),
    );
    for (const contrast of CONTRASTS) {
      const t = await values(mapOf(`by-${tool}`, contrast, 't'));
      const ours = await values(mapOf('ols', contrast, 't'));
      const convention = Math.sqrt(dof / 175); // FSL counts no constant
      expect(
        largest(
          t,
          ours.map((value) => value * convention),
        ),
      ).toBeLessThan(1e-4);
      const name = `${column}_${contrast}${contrast === 'aMinusB' ? ending : '_t'}`;
      expect(largest(t, peers.number(name))).toBeLessThan(1e-5);
      const [effect, variance] = await Promise.all(
        ['effect', 'variance'].map((stat) => values(mapOf(`by-${tool}`, contrast, stat))),
      );
      expect(
        largest(
          t,
          effect.map((e, u) => e / Math.sqrt(variance[u])),
        ),
      ).toBeLessThan(1e-5);
    }
  });
});

describe('prewhitened maps correlate with our AR(1)', () => {
  test.each([
    ['FSL', fixture('fsl', 'film'), 0.99],
    ['AFNI', fixture('afni', 'reml.nii.gz'), 0.99],
    ['SPM', '', 0.95],
  ])('%s', async (tool, path, least) => {
    await collect(path || join(folder, 'spm-ar1'), `ar-${tool}`, ...ONLY);
    for (const contrast of CONTRASTS) {
      const t = await values(mapOf(`ar-${tool}`, contrast, 't'));
      const ours = await values(mapOf('ar1', contrast, 't'));
      expect(correlation(t, ours)).toBeGreaterThan(least);
    }
  });

  test('the z of FSL is the z of its t and degrees of freedom', async () => {
    await collect(fixture('fsl', 'film'), 'film', '--contrast', 'a');
    const z = await values(mapOf('film', 'a', 'z'));
    expect(largest(z, peers.number('fsl_film_a_z'))).toBeLessThan(1e-4);
  });
});

test('every unit has a row in the table of its contrast', async () => {
  await collect(fixture('fsl', 'ols'), 'units', '--contrast', 'a');
  const stem = mapOf('units', 'a', 't').replace('stat-t_statmap.nii.gz', 'desc-units_table');
  const rows = parseTsv(await readFile(`${stem}.tsv`, 'utf8'), stem);
  expect(rows.columns).toEqual(
    ...[['unit', 'module', 'index', 'voxel_x', 'voxel_y', 'voxel_z', 'effect', 't', 'z', 'p']],
  );
  const [x, y, z, t] = ['voxel_x', 'voxel_y', 'voxel_z', 't'].map((name) =>
    numberColumn(rows, name, stem),
  );
  const map = await readMap(await openNifti(fixture('fsl', 'ols', 'tstat1.nii.gz')));
  expect(t).toEqual(x.map((_, u) => map[x[u] + 10 * (y[u] + 10 * z[u])]));
  expect(t.length).toBe(256);
});

test('names are those of the tool, chosen and renamed; what is left out is said', async () => {
  const bucket = fixture('afni', 'ols.nii.gz');
  const all = await collect(bucket, 'names');
  expect(all.rows.map(({ contrast, statistic }) => `${contrast} ${statistic}`)).toEqual(
    ...[['Full F', 'a t', 'b t', 'c t', 'aMinusB t', 'any F']],
  );
  expect(all.leftOut).toHaveLength(3);
  const some = await collect(bucket, 'names', ...['--contrast', 'b', '--rename', 'any#1=onlyB']);
  expect(some.rows.map(({ contrast }) => contrast)).toEqual(['b', 'onlyB']);
  const t = await Promise.all(['b', 'onlyB'].map((name) => values(mapOf('names', name, 't'))));
  expect(t[0]).toEqual(t[1]);
  expect(await refusal(bucket, '--rename', 'any#1=only B')).toMatchObject({
    code: 'design/contrast-label',
    todo: expect.stringContaining('any#1=onlyB'),
  });
  expect(await refusal(bucket, '--contrast', 'aMinsB')).toMatchObject({
    code: 'design/unknown-contrast',
    todo: expect.stringContaining('aMinusB'),
  });
});

test('z maps alone, and our own folder, come home unchanged', async () => {
  const { rows } = await collect(fixture('fsl', 'film', 'zstat1.nii.gz'), 'z-alone');
  expect(rows.map(({ contrast, statistic, dof }) => [contrast, statistic, dof])).toEqual(
    ...[[['zstat1', 'z', null]]],
  );
  expect(
    largest(await values(mapOf('z-alone', 'zstat1', 'z')), peers.number('fsl_film_a_z')),
  ).toBeLessThan(1e-6);
  const again = ['--dataset', dataset, '--mask', mask, '--out', join(folder, 'again')];
  await command('collect', join(folder, 'ols'), ...again, '--contrast', 'b');
  for (const stat of ['effect', 'variance', 't', 'z', 'p'])
    expect(await values(mapOf('again', 'b', stat))).toEqual(
      (await values(mapOf('ols', 'b', stat))).map((value) => expect.closeTo(value, 5)),
    );
});

test('networks reads what was collected', async () => {
  await collect(fixture('afni', 'reml.nii.gz'), 'home', ...ONLY);
  const { code, output, errors } = await command(
    ...['networks', dataset, join(folder, 'networks'), '--maps', join(folder, 'home')],
    ...['--mask', mask],
  );
  expect(errors).toBe('');
  expect(code).toBe(0);
  const { networks } = JSON.parse(output);
  const sizes = Object.fromEntries(
    networks.map(({ task, active }: { task: string; active: number }) => [task, active]),
  );
  expect(Object.keys(sizes).sort()).toEqual(['a', 'aMinusB', 'b']);
  const collected = join(folder, 'home', 'collected.tsv');
  const tools = textColumn(
    parseTsv(await readFile(collected, 'utf8'), collected),
    'tool',
    collected,
  );
  expect(new Set(tools)).toEqual(new Set(['AFNI']));
  expect(sizes.a).toBeGreaterThan(100);
});
