import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readMap } from '../../../src/image/voxels.js';
import { readFslStats } from '../../../src/tools/read/fsl.js';
import { fixture } from '../make-results.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-fsl-'));
});

afterAll(() => rm(folder, { recursive: true }));

test('film_gls: names from the design.con it was called with, dof from its file, F from design.fts', async () => {
  const { tests, leftOut } = await readFslStats(fixture('fsl', 'film'));
  const shown = tests.map(({ name, statistic, dof, numerator, number }) => [
    ...[name, statistic, dof, numerator ?? null, number],
  ]);
  expect(shown).toEqual([
    ['a', 't', 176, null, 1],
    ['b', 't', 176, null, 2],
    ['aMinusB', 't', 176, null, 3],
    ['fstat1', 'F', 176, 2, 1],
  ]);
  expect(leftOut).toEqual([]);
});

test('without the designs, contrasts go by number and F is left out: its numerator is nowhere', async () => {
  const alone = join(folder, 'alone', 'stats');
  await cp(fixture('fsl', 'ols'), alone, { recursive: true });
  const { tests, leftOut } = await readFslStats(alone);
  expect(tests.map(({ name }) => name)).toEqual(['tstat1', 'tstat2', 'tstat3']);
  expect(leftOut).toEqual([expect.stringContaining('fstat1')]);
});

test('a second level has the name of the first, and the dof of tdof_t1, not of its file dof', async () => {
  const stats = fixture('fsl', 'fixed.gfeat', 'cope1.feat', 'stats');
  const { tests } = await readFslStats(stats);
  expect(tests.map(({ name, dof, number }) => [name, dof, number])).toEqual([['a', null, 1]]);
  const { image, volume } = tests[0].dofMap!;
  const inside = (await readMap(image, volume)).filter((value) => value !== 0);
  expect(inside.length).toBe(256);
  expect(new Set(inside)).toEqual(new Set([351]));
});

test('a design without a constant is noted: its dof, and so its t, are larger', async () => {
  const model = join(folder, 'model');
  await cp(fixture('fsl', 'ols'), join(model, 'stats'), { recursive: true });
  const matrix = (rows: readonly string[]) => ['/NumWaves\t2', '/Matrix', ...rows, ''].join('\n');
  const notes = async (...rows: string[]) => {
    await writeFile(join(model, 'design.mat'), matrix(rows));
    return (await readFslStats(join(model, 'stats'))).notes;
  };
  expect(await notes('1 0.5', '1 -0.5', '1 0')).toEqual([]);
  // sqrt(176 / 175)
  expect(await notes('1 0.5', '0 -0.5', '-1 0')).toEqual([
    expect.stringContaining('1.0029 times as large'),
  ]);
});

test('a folder without dof is refused', async () => {
  const broken = join(folder, 'broken');
  await cp(fixture('fsl', 'ols'), broken, { recursive: true });
  await rm(join(broken, 'dof'));
  await expect(readFslStats(broken)).rejects.toMatchObject({ code: 'file/no-dof' });
});
