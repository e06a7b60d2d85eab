import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openNifti } from '../../src/image/open-nifti.js';
import { readMap } from '../../src/image/voxels.js';
import { writeMap } from '../../src/image/write-nifti.js';
import { fixture } from '../tools/make-results.js';
import { type CollectGolden, collectGolden } from './collect-golden.js';

let folder: string;
let dataset: string;
let values: CollectGolden['values'];
let collect: CollectGolden['collect'];
let refusal: CollectGolden['refusal'];
let mapOf: CollectGolden['mapOf'];

beforeAll(async () => {
  const golden = await collectGolden();
  ({ folder, dataset, values, collect, refusal, mapOf } = golden);
  await golden.fit('ols');
});

afterAll(() => rm(folder, { recursive: true }));

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
