import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readMat5 } from '../../../src/files/mat5.js';
import { numbersAt, structOf } from '../../../src/files/mat5-fields.js';
import { readMap } from '../../../src/image/voxels.js';
import { readSpmFolder } from '../../../src/tools/read/spm.js';
import { spmFolder } from '../make-results.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-spm-'));
});

afterAll(() => rm(folder, { recursive: true }));

test('T is con over the root of its variance ResMS x c Bcov c, voxel by voxel', async () => {
  const { tests, leftOut, flipped } = await readSpmFolder(
    await spmFolder('ar1', join(folder, 'ar')),
  );
  expect(tests.map(({ name, statistic }) => `${name} ${statistic}`)).toEqual([
    'a t',
    'b t',
    'aMinusB t',
    'any F',
  ]);
  expect(leftOut).toEqual([]);
  expect(flipped).toBeUndefined();
  for (const { map, effect, variance } of tests.slice(0, 3)) {
    const [t, con, residual] = await Promise.all(
      [map, effect!, variance!.map].map(({ image, volume }) => readMap(image, volume)),
    );
    const inside = [...t.keys()].filter((v) => t[v] !== 0);
    const largest = inside.reduce((most, v) => {
      const own = con[v] / Math.sqrt(variance!.scale * residual[v]);
      return Math.max(most, Math.abs(own - t[v]));
    }, 0);
    expect(inside.length).toBe(256);
    expect(largest).toBeLessThan(1e-5);
  }
});

test('AR(1) has fewer degrees of freedom, not whole ones; F has its numerator', async () => {
  const { tests } = await readSpmFolder(await spmFolder('ar1', join(folder, 'dof')));
  const { dof, numerator } = tests[3];
  expect(numerator).toBeGreaterThan(2.5);
  expect(numerator).toBeLessThan(3.1);
  expect(dof).toBeGreaterThan(150);
  expect(dof).toBeLessThan(176);
});

test('a negative global scale, by which SPM turns every T round, is told', async () => {
  const path = join(await spmFolder('none', join(folder, 'negative')), 'SPM.mat');
  const bytes = await readFile(path);
  const [factor] = numbersAt(structOf((await readMat5(path)).get('SPM'))!, 'xGX.gSF');
  const [own, turned] = [factor, -factor].map((value) =>
    Buffer.from(new Float64Array([value]).buffer),
  );
  let found = 0;
  for (let at = bytes.indexOf(own); at >= 0; at = bytes.indexOf(own, at + 8)) {
    turned.copy(bytes, at);
    found++;
  }
  expect(found).toBeGreaterThanOrEqual(180);
  await writeFile(path, bytes);
  const { flipped } = await readSpmFolder(join(path, '..'));
  expect(flipped).toContain('180 of 180');
});

test('contrasts whose images are missing are left out; an SPM.mat without contrasts is refused', async () => {
  const own = await spmFolder('none', join(folder, 'missing'));
  await rm(join(own, 'spmT_0002.nii'));
  const { tests, leftOut } = await readSpmFolder(own);
  expect(tests.map(({ name }) => name)).toEqual(['a', 'aMinusB', 'any']);
  expect(leftOut).toEqual([expect.stringContaining('b:')]);
});
