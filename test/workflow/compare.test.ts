import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import type { Grid } from '../../src/core/grid.js';
import { numberColumn, parseTsv, textColumn } from '../../src/files/tsv.js';
import { writeMap } from '../../src/image/write-nifti.js';
import { zOfT } from '../../src/math/distributions.js';
import type { CompareSummary } from '../../src/workflow/compare.js';
import { fixture } from '../tools/make-results.js';
import { captured } from './streams.js';

const UNITS = 60;
const grid: Grid = {
  shape: [6, 5, 4],
  affine: [
    [2, 0, 0, 0],
    [0, 2, 0, 0],
    [0, 0, 2, 0],
  ],
  voxelOfUnit: Int32Array.from({ length: UNITS }, (_, u) => 2 * u),
};
let folder: string;

const name = (run: number, contrast: string, stat: string) =>
  `sub-01_task-x_run-${run}_contrast-${contrast}_stat-${stat}_statmap.nii.gz`;

async function side(own: string, run: number, t: readonly number[], contrast = 'a') {
  const at = (stat: string) => join(folder, own, 'sub-01', 'func', name(run, contrast, stat));
  await writeMap(at('t'), { grid, values: t, dtype: 'float32' });
  const z = t.map((value) => zOfT(value, 50));
  await writeMap(at('z'), { grid, values: z, dtype: 'float32' });
  return at('t');
}

async function compare(a: string, b: string, ...more: string[]) {
  const streams = captured();
  const flags = ['--json', '--force', '--out', join(folder, 'out'), ...more];
  const code = await main(['compare', a, b, ...flags], streams);
  const text = code === 0 ? streams.output() : streams.errors();
  return code === 0 ? (JSON.parse(text) as CompareSummary) : JSON.parse(text).error;
}

/** From -6 to 5.8; none is 0. */
const t = Array.from({ length: UNITS }, (_, u) => u / 5 - 6 + 0.01);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-compare-'));
  await side('ours', 1, t);
  await side('ours', 2, t);
  await side('ours', 1, t, 'other');
  // A line, but for one unit that the tool lacks.
  await side(
    'theirs',
    1,
    t.map((value, u) => (u === 7 ? 0 : 2 * value + 1)),
  );
  await side('theirs', 3, t);
});

afterAll(() => rm(folder, { recursive: true }));

const at = (own: string) => join(folder, own);

describe('two folders', () => {
  test('meet in the contrasts and runs of both; a line gives its slope and intercept', async () => {
    const { rows } = await compare(at('ours'), at('theirs'), '--threshold', 'fixed', '--z', '3');
    expect(rows).toHaveLength(1);
    const [row] = rows;
    expect(row).toMatchObject({ contrast: 'a', run: '1', statistic: 't', units: UNITS - 1 });
    expect([row.onlyInA, row.onlyInB]).toEqual([1, 0]);
    expect(row.correlation).toBeCloseTo(1, 6);
    expect([row.slope, row.intercept]).toEqual([expect.closeTo(2, 5), expect.closeTo(1, 5)]);
    // |b - a| = |a + 1| is largest at the last unit.
    expect(row.difference).toBeCloseTo(t[UNITS - 1] + 1, 5);
  });

  test('units that pass on one side alone are counted and listed', async () => {
    const { rows } = await compare(at('ours'), at('theirs'), '--threshold', 'fixed', '--z', '3');
    const passes = (value: number) => Math.abs(zOfT(value, 50)) >= 3;
    const own = t.filter((_, u) => u !== 7);
    const [a, b] = [own.map(passes), own.map((value) => passes(2 * value + 1))];
    const count = (wanted: (u: number) => boolean) => [...own.keys()].filter(wanted).length;
    expect([rows[0].passBoth, rows[0].passA, rows[0].passB]).toEqual([
      count((u) => a[u] && b[u]),
      count((u) => a[u] && !b[u]),
      count((u) => !a[u] && b[u]),
    ]);
    expect(rows[0].passB).toBeGreaterThan(5);
    const file = join(folder, 'out', 'disagreements.tsv');
    const listed = parseTsv(await readFile(file, 'utf8'), file);
    expect(listed.rows).toHaveLength(rows[0].passA + rows[0].passB);
    const values = numberColumn(listed, 'a', file);
    const voxels = textColumn(listed, 'voxel', file).map((cell) => cell.split(',').map(Number));
    voxels.forEach(([x, y, z], i) => {
      const unit = (x + 6 * (y + 5 * z)) / 2;
      expect(values[i]).toBeCloseTo(t[unit], 5);
    });
  });

  test('a map against itself differs in nothing', async () => {
    const { rows } = await compare(at('ours'), at('ours'), '--contrast', 'other');
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      contrast: 'other',
      slope: 1,
      difference: 0,
      passA: 0,
      passB: 0,
    });
  });

  test('each pair has a picture, small whatever the units', async () => {
    await compare(at('ours'), at('ours'));
    const pictures = (await readdir(join(folder, 'out'))).filter((file) => file.endsWith('.svg'));
    expect(pictures.sort()).toEqual([
      'sub-01_task-x_run-1_contrast-a_scatter.svg',
      'sub-01_task-x_run-1_contrast-other_scatter.svg',
      'sub-01_task-x_run-2_contrast-a_scatter.svg',
    ]);
    for (const file of pictures)
      expect((await stat(join(folder, 'out', file))).size).toBeLessThan(20_000);
  });

  test('without a contrast in common they are refused, saying what each has', async () => {
    expect(await compare(at('ours'), at('theirs'), '--contrast', 'other')).toMatchObject({
      code: 'data/nothing-in-common',
      given: expect.stringContaining('sub-01_task-x_run-3 a'),
    });
  });
});

describe('two files', () => {
  test('are compared as they stand, with the z beside them for the threshold', async () => {
    const own = join(folder, 'ours', 'sub-01', 'func', name(1, 'a', 't'));
    const { rows } = await compare(own, own.replace('contrast-a', 'contrast-other'));
    expect(rows[0]).toMatchObject({ statistic: 't', units: UNITS, difference: 0, passA: 0 });
    expect(rows[0].passBoth).toBeGreaterThan(0);
  });

  test('FSL: prewhitened against not, t by its intent; no z, no threshold', async () => {
    const of = (run: string) => fixture('fsl', run, 'tstat1.nii.gz');
    const { rows } = await compare(of('ols'), of('film'));
    expect(rows[0]).toMatchObject({ statistic: 't', units: 256, passBoth: null, passA: null });
    expect(rows[0].correlation).toBeGreaterThan(0.9);
    expect(rows[0].correlation).toBeLessThan(0.999);
  });

  test('of different grids, and a file against a folder, are refused', async () => {
    const own = join(folder, 'ours', 'sub-01', 'func', name(1, 'a', 't'));
    expect(await compare(own, fixture('fsl', 'ols', 'tstat1.nii.gz'))).toMatchObject({
      code: 'file/map-grid',
    });
    expect(await compare(own, at('ours'))).toMatchObject({ code: 'file/file-and-folder' });
  });
});
