import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { atlasLabels, formatAtlas } from '../../src/bids/atlas.js';
import { formatUnits, readUnits } from '../../src/bids/units.js';
import { makeGrid, voxelOf } from '../../src/image/grid.js';
import { measureIntensity } from '../../src/image/intensity.js';
import { simulateRecording } from '../workflow/simulate.js';

test('the unit table keeps every digit', async () => {
  const { modules, series } = simulateRecording();
  const grid = makeGrid(modules, { headWidth: 4 });
  const intensity = await measureIntensity([series]);
  const folder = await mkdtemp(join(tmpdir(), 'units-'));
  await writeFile(join(folder, 'units.tsv'), formatUnits(modules, grid, intensity));
  const table = await readUnits(join(folder, 'units.tsv'));
  await rm(folder, { recursive: true });
  expect(table.intensity).toEqual({ mean: intensity.mean, sd: intensity.sd });
  expect(table.voxel).toEqual(table.voxel.map((_, unit) => voxelOf(grid, unit)));
  expect([table.module[13], table.index[13]]).toEqual(['/model/layers.0/attn/o_proj:context', 1]);
});

test("the atlas's labels count modules from 1", () => {
  const { modules } = simulateRecording();
  const labels = atlasLabels(modules);
  const rows = formatAtlas(modules).trimEnd().split('\n').slice(1);
  expect(rows.length).toBe(modules.length);
  modules.forEach((module, m) => {
    expect(labels[module.firstUnit]).toBe(m + 1);
    expect(labels[module.firstUnit + module.width - 1]).toBe(m + 1);
    expect(rows[m].split('\t')[0]).toBe(String(m + 1));
  });
});
