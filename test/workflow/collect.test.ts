import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { numberColumn, parseTsv, textColumn } from '../../src/files/tsv.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { readMap } from '../../src/image/voxels.js';
import { writeMap } from '../../src/image/write-nifti.js';
import { correlation } from '../../src/math/correlation.js';
import type { CollectSummary } from '../../src/workflow/collect.js';
import { table } from '../golden/read.js';
import { fixture, spmFolder } from '../tools/make-results.js';
import { goldenDataset } from './golden-dataset.js';
import { captured } from './streams.js';

const CONTRASTS = ['a', 'b', 'aMinusB'] as const;
const ONLY = CONTRASTS.flatMap((name) => ['--contrast', name]);
const peers = table('peers/peers.tsv');
let folder: string;
let dataset: string;
let mask: string;
let values: (path: string) => Promise<number[]>;

async function command(...argv: string[]) {
  const streams = captured();
  const code = await main([...argv, '--json', '--force'], streams);
  return { code, output: streams.output(), errors: streams.errors() };
}

/** Collects and gives the summary; fails where it does not end well. */
async function collect(path: string, out: string, ...more: string[]): Promise<CollectSummary> {
  const flags = ['--dataset', dataset, '--mask', mask, '--run', '1', '--out', join(folder, out)];
  const { code, output, errors } = await command('collect', path, ...flags, ...more);
  if (code !== 0) throw new Error(errors);
  return JSON.parse(output);
}

async function refusal(path: string, ...more: string[]) {
  const flags = ['--dataset', dataset, '--mask', mask, '--run', '1', '--out', join(folder, 'none')];
  const { code, errors } = await command('collect', path, ...flags, ...more);
  return code === 2 ? JSON.parse(errors).error : { code: `exit ${code}` };
}

const mapOf = (out: string, contrast: string, stat: string) =>
  join(
    ...[folder, out, 'sub-01', 'func'],
    `sub-01_task-x_run-1_contrast-${contrast}_stat-${stat}_statmap.nii.gz`,
  );

const largest = (a: readonly number[], b: readonly number[]) =>
  a.reduce((most, value, u) => Math.max(most, Math.abs(value - b[u])), 0);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-collect-'));
  ({ dataset, mask, values } = await goldenDataset(folder, { '01': [1] }));
  for (const noise of ['ols', 'ar1']) {
    const fit = ['--inference', 'volumes', '--hrf', 'none', '--drift', 'polynomial'];
    const tests = ['--contrast', 'a', '--contrast', 'b', '--contrast', 'aMinusB = a - b'];
    const { code, errors } = await command(
      ...['glm', dataset, join(folder, noise), '--mask', mask, ...fit, ...tests, '--noise', noise],
    );
    if (code !== 0) throw new Error(errors);
  }
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

describe('what tools do without a word is found', () => {
  /** A copy of a t map, changed; as units of the mask, or on a grid of its own. */
  async function changed(name: string, change: (value: number, v: number) => number, flip = false) {
    const image = await openNifti(fixture('fsl', 'ols', 'tstat1.nii.gz'));
    const map = await readMap(image);
    const [row, ...rest] = image.affine;
    const affine = flip ? ([[row[0], row[1], row[2], row[3] + 2], ...rest] as const) : image.affine;
    const path = join(folder, `${name}.nii.gz`);
    await writeMap(path, {
      grid: {
        shape: image.shape,
        affine: [affine[0], affine[1], affine[2]],
        voxelOfUnit: Int32Array.from(map.keys()),
      },
      values: map.map(change),
      dtype: 'float32',
    });
    return path;
  }
  const t = ['--statistic', 't', '--dof', '176'];

  test('another grid', async () => {
    const shifted = await changed('shifted', (value) => value, true);
    expect(await refusal(shifted, ...t)).toMatchObject({ code: 'file/map-grid' });
  });

  test.each([
    ['zeros', 0, 'is 0 in all 256 units'],
    ['nan', Number.NaN, 'is NaN in all 256 units'],
  ])('a map of %s', async (name, value, said) => {
    const path = await changed(name, () => value);
    expect(await refusal(path, ...t)).toMatchObject({
      code: 'data/nothing-in-map',
      given: expect.stringContaining(said),
    });
  });

  test('an unknown statistic, a folder without results', async () => {
    const path = await changed('unknown', (value) => value);
    expect(await refusal(path)).toMatchObject({ code: 'file/unknown-statistic' });
    await mkdir(join(folder, 'empty'));
    expect(await refusal(join(folder, 'empty'))).toMatchObject({ code: 'file/no-results' });
  });

  test('a mask that lost units: a tenth warns, most are refused, or taken on demand', async () => {
    const tenth = await changed('tenth', (value, v) => (v % 10 === 3 ? 0 : value));
    const { rows } = await collect(tenth, 'tenth', ...t);
    expect(rows[0].missing).toBeGreaterThan(12);
    expect(rows[0].warnings).toEqual([
      expect.stringContaining(`${rows[0].missing} of 256 units of the mask are 0 or NaN`),
    ]);
    const most = await changed('most', (value, v) => (v % 10 < 8 ? Number.NaN : value));
    expect(await refusal(most, ...t)).toMatchObject({ code: 'data/collapsed-mask' });
    const forced = await collect(most, 'most', ...t, '--force-mask');
    const dof = await values(mapOf('most', 'most', 'dof'));
    expect(dof.filter((value) => value === 0)).toHaveLength(forced.rows[0].missing);
    expect(new Set(dof)).toEqual(new Set([0, 176]));
    expect(await values(mapOf('most', 'most', 'p'))).toEqual(
      (await values(mapOf('most', 'most', 't'))).map((value, u) =>
        dof[u] === 0 ? 0.5 : expect.closeTo(value > 0 ? 0.25 : 0.75, 0),
      ),
    );
  });

  test('a sign turned round, against our own map of the contrast', async () => {
    await cp(join(folder, 'ols'), join(dataset, 'derivatives', 'boldbridge-glm'), {
      recursive: true,
    });
    const turned = await changed('turned', (value) => -value);
    const named = (to: string) => [...t, '--rename', `${to}=a`];
    const { rows } = await collect(turned, 'turned', ...named('turned'));
    expect(rows[0].warnings).toEqual([
      expect.stringMatching(/turned round: r = -1\.00.*256 of 256/),
    ]);
    const straight = await changed('straight', (value) => value);
    expect((await collect(straight, 'straight', ...named('straight'))).rows[0].warnings).toEqual(
      [],
    );
    await rm(join(dataset, 'derivatives', 'boldbridge-glm'), { recursive: true });
  });

  test('a FEAT whose mean image has the other sign than the data', async () => {
    const feat = join(folder, 'sub-01_task-x_run-1.feat');
    await cp(fixture('fsl', 'ols'), join(feat, 'stats'), { recursive: true });
    await cp(fixture('fsl', 'design.con'), join(feat, 'design.con'));
    const mean = await changed('mean', () => 10_000);
    await cp(mean, join(feat, 'mean_func.nii.gz'));
    expect((await collect(feat, 'feat')).rows).toHaveLength(3);
    await cp(await changed('below', () => -10_000), join(feat, 'mean_func.nii.gz'));
    expect(await refusal(feat)).toMatchObject({
      code: 'data/sign-flip',
      given: expect.stringContaining('256 of 256'),
    });
  });

  test('least squares beside its prewhitened result is left out, unless it is named', async () => {
    const both = join(folder, 'both');
    await cp(fixture('afni', 'both'), both, { recursive: true });
    await cp(fixture('afni', 'reml.nii.gz'), join(both, 'reml.nii.gz'));
    const { rows, leftOut } = await collect(both, 'both-home', '--contrast', 'a');
    expect(rows.map(({ source }) => source)).toEqual([expect.stringContaining('reml.nii.gz')]);
    expect(leftOut).toEqual([expect.stringContaining('ols.nii.gz: not prewhitened')]);
    const named = await collect(join(both, 'ols.nii.gz'), 'both-home', '--contrast', 'a');
    expect(named.rows).toHaveLength(1);
  });

  test('one contrast in two results, and results of no run', async () => {
    const both = fixture('afni');
    expect(await refusal(both)).toMatchObject({ code: 'data/twice' });
    const [bucket] = [fixture('afni', 'ols.nii.gz')];
    expect(await refusal(bucket, '--task', 'other')).toMatchObject({ code: 'data/no-such-run' });
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
