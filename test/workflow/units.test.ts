import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { makeGrid, voxelOf } from '../../src/image/grid.js';
import { openMask } from '../../src/image/mask.js';
import { exportDataset } from '../../src/workflow/export.js';
import type { UnitPlace } from '../../src/workflow/units.js';
import { simulateRecording } from './simulate.js';
import { captured } from './streams.js';

const recording = simulateRecording();
const grid = makeGrid(recording.modules, recording.provenance.model);

let folder: string;
let dataset: string;
let many: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'units-'));
  [dataset, many] = [join(folder, 'one'), join(folder, 'many')];
  await exportDataset({ recordings: [recording], dataset, force: false });
  const other = simulateRecording({ id: { subject: '02', session: 'a' } });
  await exportDataset({ recordings: [recording, other], dataset: many, force: false });
});
afterAll(() => rm(folder, { recursive: true }));

async function units(...argv: string[]) {
  const streams = captured();
  const code = await main(['units', ...argv, '--json'], streams);
  const text = code === 0 ? streams.output() : streams.errors();
  return { code, ...(text.startsWith('{') && JSON.parse(text)) };
}

test('voxel, millimetres and number all lead to the unit that lies there, and back', async () => {
  for (const unit of [0, 11, 12, 100, 251]) {
    const voxel = voxelOf(grid, unit);
    const { place } = (await units(dataset, '--voxel', voxel.join())) as { place: UnitPlace };
    const module = recording.modules.findLast(({ firstUnit }) => firstUnit <= unit)!;
    expect(place).toMatchObject({
      unit,
      module: module.path,
      index: unit - module.firstUnit,
      layer: module.depth,
      kind: module.kind,
      voxel,
      mm: voxel.map((v, axis) => 2 * v + grid.affine[axis][3]),
    });
    const near = place.mm.map((x) => x + 0.9).join();
    expect(await units(dataset, `--mm=${near}`)).toEqual({ code: 0, place });
    expect(await units(dataset, '--unit', String(unit))).toEqual({ code: 0, place });
  }
});

test("a mask of modules holds the modules' units that vary, and no other", async () => {
  const out = join(folder, 'fc.nii.gz');
  const patterns = 'layers.1/mlp/*,layers.*/**/residual,!layers.0/**';
  const { mask } = await units(dataset, '--modules', patterns, '--out', out);
  const wanted = recording.modules.filter(
    ({ path, depth, kind }) =>
      (depth === 1 && path.includes('mlp')) || (depth === 2 && kind === 'residual'),
  );
  expect(mask.modules).toEqual(wanted.map(({ path, kind }) => `${path}:${kind}`));
  const expected = wanted.flatMap(({ firstUnit, width }) =>
    Array.from({ length: width }, (_, i) => firstUnit + i).filter((u) => u % 17 !== 3),
  );
  const { voxels } = await openMask(out);
  expect(mask.units).toBe(expected.length);
  expect([...voxels]).toEqual(expected.map((u) => grid.voxelOfUnit[u]).sort((a, b) => a - b));
  expect(await units(dataset, '--modules', patterns, '--out', out)).toMatchObject({
    error: { code: 'output/exists' },
  });
});

test.each([
  ['data/outside-grid', ['--voxel', '0,0,999']],
  ['data/outside-grid', ['--mm', '1000,0,0']],
  ['data/no-unit', ['--voxel', '0,0,0']],
  ['data/no-unit', ['--unit', '99999']],
  ['data/which-unit', []],
  ['data/which-unit', ['--unit', '1', '--voxel', '1,1,1']],
  ['model/unknown-module', ['--modules', 'layers.9/fc9']],
])('%s is refused (%j)', async (code, argv) => {
  expect(await units(dataset, ...argv)).toMatchObject({ code: 2, error: { code } });
});

test('with several sessions one must be named', async () => {
  expect(await units(many, '--unit', '0')).toMatchObject({ error: { code: 'data/which-session' } });
  const answer = await units(many, '--unit', '0', '--participant-label', '02', '--session', 'a');
  expect(answer).toMatchObject({ code: 0, place: { unit: 0 } });
});
