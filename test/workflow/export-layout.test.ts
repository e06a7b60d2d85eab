import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readUnits } from '../../src/bids/units.js';
import { main } from '../../src/cli.js';
import { unitCount } from '../../src/core/module.js';
import { makeGrid, voxelOf } from '../../src/image/grid.js';
import { fromBold } from '../../src/image/intensity.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { readMap, seriesOf } from '../../src/image/voxels.js';
import { makeRandom } from '../../src/math/random.js';
import { exportDataset } from '../../src/workflow/export.js';
import { collect } from '../image/collect.js';
import { decoderModules, gauss, simulateRecording } from './simulate.js';
import { captured } from './streams.js';

const modules = decoderModules(2, 24);
const units = unitCount(modules);

/** Units follow one of eight causes, the same one in every run. */
function recording(seed: number, session: string | null, run: number) {
  const random = makeRandom(seed);
  const volumes = 60;
  const values = new Float32Array(volumes * units);
  for (let t = 0; t < volumes; t++) {
    const causes = Array.from({ length: 8 }, () => gauss(random));
    for (let u = 0; u < units; u++) {
      values[t * units + u] = causes[(u * 5 + 3 * (u >> 3)) % 8] + 0.5 * gauss(random);
    }
  }
  return simulateRecording({ modules, values, seed, prompts: 12, id: { session, run } });
}

const [one, two, later] = [recording(1, 'a', 1), recording(2, 'a', 2), recording(3, 'b', 1)];
const layout = 'functional';

let folder: string;
let dataset: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layout-'));
  dataset = join(folder, 'dataset');
  const recordings = [one, two, later];
  const seen: (readonly [number, number])[] = [];
  const onProgress = (done: number, total: number) => seen.push([done, total]);
  await exportDataset({ recordings, dataset, layout, force: false, onProgress });
  expect(seen.at(-1)).toEqual([5 * 180, 5 * 180]);
});
afterAll(() => rm(folder, { recursive: true }));

const derived = (session: string, rest: string, root = dataset) =>
  join(root, `derivatives/boldbridge/sub-01/ses-${session}/anat/sub-01_ses-${session}_${rest}`);
const table = (session: string, root = dataset) =>
  readUnits(derived(session, 'desc-units_table.tsv', root));
const sidecar = async (session: string, root = dataset) =>
  JSON.parse(await readFile(derived(session, 'seg-modules_dseg.json', root), 'utf8'));

test('the unit table is the way back: activations, atlas and modules follow the layout', async () => {
  const { voxel, intensity } = await table('a');
  const bold = await openNifti(
    join(dataset, 'sub-01/ses-a/func/sub-01_ses-a_task-topics_run-2_bold.nii.gz'),
  );
  const [nx, ny] = bold.shape;
  const indices = Int32Array.from(voxel, ([x, y, z]) => (z * ny + y) * nx + x);
  const back = await collect(fromBold(seriesOf(bold, indices), intensity));
  const worst = back.reduce((most, x, i) => Math.max(most, Math.abs(x - two.values[i])), 0);
  expect(worst).toBeLessThan(1e-4);
  const labels = await readMap(await openNifti(derived('a', 'seg-modules_dseg.nii.gz')));
  const grid = makeGrid(modules, one.provenance.model);
  modules.forEach(({ firstUnit, width }, m) => {
    const own = Array.from({ length: width }, (_, i) => indices[firstUnit + i]);
    expect(own.every((voxel) => labels[voxel] === m + 1)).toBe(true);
    const places = grid.voxelOfUnit.subarray(firstUnit, firstUnit + width);
    expect(own.toSorted()).toEqual([...places].toSorted());
  });
  expect(indices).not.toEqual(grid.voxelOfUnit);
});

test('a unit lies in one place in all sessions; the verb units knows it', async () => {
  const [a, b] = [await table('a'), await table('b')];
  expect(a.voxel).toEqual(b.voxel);
  const unit = a.voxel.findIndex(
    (own, u) => own.join() !== voxelOf(makeGrid(modules, one.provenance.model), u).join(),
  );
  const streams = captured();
  const argv = ['units', dataset, '--session', 'a', '--voxel', a.voxel[unit].join(), '--json'];
  expect(await main(argv, streams)).toBe(0);
  expect(JSON.parse(streams.output()).place.unit).toBe(unit);
});

test('the sidecars say what came of it, on runs held out too', async () => {
  const { Layout } = await sidecar('a');
  expect(Layout).toMatchObject({ Name: 'functional', Runs: 3 });
  for (const { Functional, Depth, Random } of [
    Layout.NeighbourCorrelation.AllRuns,
    Layout.NeighbourCorrelation.HeldOutRuns,
  ]) {
    expect(Functional).toBeGreaterThan(0.3);
    expect(Math.max(Depth, Random)).toBeLessThan(0.2);
  }
  const readme = await readFile(join(dataset, 'README.md'), 'utf8');
  expect(readme).toContain('neighbours behave alike');
});

test('a session that is added takes the layout of those that stay; another layout is refused', async () => {
  const root = join(folder, 'grown');
  await exportDataset({ recordings: [one, two], dataset: root, layout, force: false });
  const more = { recordings: [later], dataset: root, force: false, add: true };
  await expect(exportDataset(more)).rejects.toMatchObject({ code: 'data/layout-differs' });
  await exportDataset({ ...more, layout });
  expect((await table('b', root)).voxel).toEqual((await table('a', root)).voxel);
  expect((await sidecar('b', root)).Layout).toEqual((await sidecar('a', root)).Layout);
});

test('one run alone holds none out; the depth layout says that neighbours mean nothing', async () => {
  const root = join(folder, 'alone');
  const summary = await exportDataset({ recordings: [later], dataset: root, layout, force: false });
  expect(summary.layouts['01']).toMatchObject({ NeighbourCorrelation: { HeldOutRuns: null } });
  const depth = await exportDataset({ recordings: [later], dataset: root, force: true });
  expect(depth.layouts['01']).toMatchObject({ Name: 'depth' });
  const { voxel } = await table('b', root);
  const grid = makeGrid(modules, later.provenance.model);
  expect(voxel).toEqual(voxel.map((_, unit) => voxelOf(grid, unit)));
});
