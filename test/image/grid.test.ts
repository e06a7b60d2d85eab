import { expect, test } from 'vitest';
import { type Module, placeUnits, unitCount } from '../../src/core/module.js';
import { makeGrid, voxelOf } from '../../src/image/grid.js';
import { packTiles, tileOf } from '../../src/image/tiles.js';
import { makeRandom } from '../../src/math/random.js';
import { decoderModules } from '../workflow/simulate.js';

function module(path: string, depth: Module['depth'], width: number) {
  return { path, depth, kind: 'output', tensor: path, width } as const;
}

/** Modules of any width, some missing from some layers, embedding and head now and then. */
function randomModules(seed: number): Module[] {
  const random = makeRandom(seed);
  const parts = Array.from({ length: 1 + random.integer(9) }, (_, p) => ({
    name: `part${p}.fc`,
    width: 1 + random.integer(random.uniform() < 0.1 ? 5000 : 300),
  }));
  const layers = Array.from({ length: 1 + random.integer(12) }, (_, n) =>
    parts
      .filter(() => random.uniform() < 0.9)
      .map(({ name, width }) => module(`/m/layers.${n}/${name}`, n, width)),
  ).flat();
  const embedding = module('/m/embed', 'embedding', 1 + random.integer(200));
  const head = module('/m/lm_head', 'head', 1 + random.integer(2000));
  const ends = [random.uniform() < 0.5 ? [embedding] : [], random.uniform() < 0.5 ? [head] : []];
  return placeUnits([...ends[0], ...layers, ...ends[1], module('/m/layers.0/last', 0, 7)]);
}

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

test.each([null, 1, 16, 64, 77])(
  'every unit has a voxel of its own inside the border (heads of %s)',
  (headWidth) => {
    for (const seed of SEEDS) {
      const modules = randomModules(seed);
      const grid = makeGrid(modules, { headWidth });
      expect(grid.voxelOfUnit.length).toBe(unitCount(modules));
      expect(new Set(grid.voxelOfUnit).size).toBe(unitCount(modules));
      for (let unit = 0; unit < grid.voxelOfUnit.length; unit++) {
        const voxel = voxelOf(grid, unit);
        const inside = voxel.every((at, axis) => at >= 1 && at < grid.shape[axis] - 1);
        if (!inside) throw new Error(`seed ${seed}: unit ${unit} lies on the border`);
      }
      expect(Math.max(...grid.shape)).toBeLessThan(32767);
    }
  },
);

test('slices are embedding, layers in order, head; a depth without modules has none', () => {
  const modules = placeUnits([
    module('/lm_head', 'head', 5),
    module('/layers.7/fc', 7, 5),
    module('/layers.2/fc', 2, 5),
    module('/embed', 'embedding', 5),
  ]);
  const grid = makeGrid(modules, { headWidth: null });
  expect(modules.map(({ firstUnit }) => voxelOf(grid, firstUnit)[2])).toEqual([4, 3, 2, 1]);
  expect(grid.shape[2]).toBe(6);
});

test('the same module of different layers stands at the same x and y', () => {
  const modules = decoderModules(11).filter(({ path }) => path !== '/model/layers.3/mlp/fc1');
  const grid = makeGrid(modules, { headWidth: 4 });
  const at = (path: string) => voxelOf(grid, modules.find((m) => m.path === path)!.firstUnit);
  for (const part of ['attn/o_proj', 'mlp/fc1', 'mlp/fc2']) {
    const [x, y] = at(`/model/layers.0/${part}`);
    for (const layer of [1, 2, 10]) {
      expect(at(`/model/layers.${layer}/${part}`).slice(0, 2)).toEqual([x, y]);
    }
  }
});

test('rows follow attention heads where widths allow', () => {
  expect(tileOf(768, 64)).toEqual({ width: 64, height: 12 });
  expect(tileOf(3072, 64)).toEqual({ width: 64, height: 48 });
  expect(tileOf(128, 128)).toEqual({ width: 128, height: 1 });
  expect(tileOf(768, 80)).toEqual({ width: 32, height: 24 });
  expect(tileOf(50272, 32).width).toBeGreaterThan(200); // 1571 rows of 32 would be drawn out
  expect(tileOf(101, null)).toEqual({ width: 11, height: 10 });
  expect(tileOf(1, null)).toEqual({ width: 1, height: 1 });
});

test('a slice is roughly square', () => {
  const layer = [768, 768, 768, 768, 3072, 768].map((width) => tileOf(width, 64));
  const { width, height } = packTiles(layer);
  expect(Math.max(width, height) / Math.min(width, height)).toBeLessThan(2);
});

test('the centre of the volume is the origin, in 2 mm voxels', () => {
  const { shape, affine } = makeGrid(decoderModules(3), { headWidth: 4 });
  for (const axis of [0, 1, 2] as const) {
    expect(affine[axis][axis]).toBe(2);
    expect((affine[axis][axis] * (shape[axis] - 1)) / 2 + affine[axis][3]).toBe(0);
  }
});

test('a grid that NIfTI-1 cannot hold is refused', () => {
  const modules = placeUnits(Array.from({ length: 32766 }, (_, n) => module(`/l.${n}/x`, n, 1)));
  expect(() => makeGrid(modules, { headWidth: null })).toThrow(/at most 32766/);
});
