import { expect, test } from 'vitest';
import { placeUnits, unitCount } from '../../src/core/module.js';
import { makeGrid } from '../../src/image/grid.js';
import { measureIntensity } from '../../src/image/intensity.js';
import {
  functionalLayout,
  neighbourPairs,
  randomLayout,
  rearrange,
} from '../../src/image/layout.js';
import { pairCorrelations } from '../../src/image/neighbours.js';
import { sketchRows, sketchSeries } from '../../src/image/sketch.js';
import { standardVolumes } from '../../src/image/standardised.js';
import { makeRandom } from '../../src/math/random.js';
import { gauss, seriesOfValues } from '../workflow/simulate.js';

const module = (path: string, width: number, kind: 'output' | 'context' = 'output') =>
  ({ path, depth: 0, kind, tensor: path, width }) as const;
const headWidth = 16;
const modules = placeUnits([
  module('/fc', 256),
  module('/odd', 131),
  module('/context', 128, 'context'),
]);
const units = unitCount(modules);

/** Units that follow 12 hidden causes, each its own mixture of two that follow each other. */
function series(volumes: number, seed: number) {
  const random = makeRandom(seed);
  const fixed = makeRandom(5);
  const mix = Array.from({ length: units }, () => 12 * fixed.uniform());
  const values = new Float32Array(volumes * units);
  for (let t = 0; t < volumes; t++) {
    const causes = Array.from({ length: 12 }, () => gauss(random));
    for (let u = 0; u < units; u++) {
      const [cause, share] = [Math.floor(mix[u]), mix[u] % 1];
      const signal = (1 - share) * causes[cause] + share * causes[(cause + 1) % 12];
      values[t * units + u] = u === 40 ? 3 : 50 + 10 ** (u % 3) * (signal + 0.5 * gauss(random));
    }
  }
  return seriesOfValues(values, units);
}

async function standard(volumes: number, seed: number) {
  const own = series(volumes, seed);
  return { series: own, intensity: await measureIntensity([own]) };
}

/** Pearson's r, the plain way. */
async function correlation(run: Awaited<ReturnType<typeof standard>>, a: number, b: number) {
  const [x, y]: number[][] = [[], []];
  for await (const z of standardVolumes([run])) {
    x.push(z[a]);
    y.push(z[b]);
  }
  const mean = (v: number[]) => v.reduce((sum, value) => sum + value, 0) / v.length;
  const moment = (v: number[], w: number[]) => mean(v.map((value, i) => value * w[i]));
  const [mx, my] = [mean(x), mean(y)];
  return (moment(x, y) - mx * my) / Math.sqrt((moment(x, x) - mx ** 2) * (moment(y, y) - my ** 2));
}

test('a sketch with a column a volume keeps correlations exactly, a narrower one nearly', async () => {
  const run = await standard(300, 1);
  const own = { firstUnit: 0, width: 256 };
  const dot = (rows: Float64Array, columns: number, a: number, b: number) => {
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += rows[a * columns + c] * rows[b * columns + c];
    return sum;
  };
  const whole = sketchRows([await sketchSeries([run], { units, columns: 300 })], own);
  const narrow = sketchRows([await sketchSeries([run], { units, columns: 128 })], own);
  let squares = 0;
  let pairs = 0;
  for (let a = 1; a < 256; a += 17) {
    for (let b = 0; b < a; b += 13) {
      if (a === 40 || b === 40) continue;
      const r = await correlation(run, a, b);
      expect(dot(whole.rows, 300, a, b)).toBeCloseTo(r, 5);
      squares += (dot(narrow.rows, 128, a, b) - r) ** 2;
      pairs++;
    }
  }
  expect(Math.sqrt(squares / pairs)).toBeLessThan(1.3 / Math.sqrt(128)); // a count sketch's error
  expect(whole.rows.subarray(40 * 300, 41 * 300).every((value) => value === 0)).toBe(true);
});

test('neighbours behave alike, on volumes that were not used too; modules and heads stay together', async () => {
  const [run, other] = [await standard(400, 1), await standard(400, 2)];
  const sketch = await sketchSeries([run], { units, columns: 128 });
  const cellOf = functionalLayout({ modules, headWidth }, [sketch]);
  for (const { firstUnit, width } of modules) {
    const own = [...cellOf.subarray(firstUnit, firstUnit + width)].sort((a, b) => a - b);
    expect(own).toEqual(Array.from({ length: width }, (_, i) => firstUnit + i));
  }
  const context = modules[2].firstUnit;
  for (let head = 0; head < 8; head++) {
    // Tiles of 16 x 8 are cut into blocks of 4 x 4, head by head.
    const places = Array.from({ length: 16 }, (_, i) => cellOf[context + 16 * head + i] - context);
    const blocks = places.map((p) => Math.floor(p / 64) * 4 + Math.floor((p % 16) / 4));
    expect(new Set(blocks)).toEqual(new Set([head]));
  }
  const identity = cellOf.map((_, unit) => unit);
  const layouts = [cellOf, identity, randomLayout(modules)];
  const lists = layouts.map((own) => neighbourPairs({ modules, headWidth }, own));
  const measured = pairCorrelations(units, lists);
  for await (const z of standardVolumes([other])) measured.add(z);
  const [functional, depth, random] = measured.means();
  expect(functional).toBeGreaterThan(0.4);
  expect(Math.max(depth, random)).toBeLessThan(0.15); // two of twelve causes may be shared by chance
});

test('pairs of neighbours are the units of voxels that share a face in one module', async () => {
  const grid = makeGrid(modules, { headWidth });
  const cellOf = randomLayout(modules);
  const { voxelOfUnit } = rearrange(grid, cellOf);
  expect([...voxelOfUnit].sort()).toEqual([...grid.voxelOfUnit].sort());
  const moduleOf = (unit: number) => modules.findLastIndex(({ firstUnit }) => firstUnit <= unit);
  const unitAt = new Map([...voxelOfUnit].map((voxel, unit) => [voxel, unit]));
  const expected = new Set<string>();
  for (const [voxel, unit] of unitAt) {
    for (const next of [voxel + 1, voxel + grid.shape[0]]) {
      const other = unitAt.get(next);
      if (other !== undefined && moduleOf(other) === moduleOf(unit)) {
        expected.add([unit, other].sort((a, b) => a - b).join());
      }
    }
  }
  const pairs = neighbourPairs({ modules, headWidth }, cellOf);
  const found = Array.from({ length: pairs.length / 2 }, (_, p) =>
    [pairs[2 * p], pairs[2 * p + 1]].sort((a, b) => a - b).join(),
  );
  expect(new Set(found)).toEqual(expected);
  expect(found.length).toBe(expected.size);
});

test('mean correlations are those of the pairs, without units that never change', async () => {
  const run = await standard(120, 3);
  const pairs = [
    [0, 1],
    [40, 41],
    [7, 300],
  ];
  const measured = pairCorrelations(units, [Int32Array.from(pairs.flat()), Int32Array.of(39, 40)]);
  for await (const z of standardVolumes([run])) measured.add(z);
  const [mean, none] = measured.means();
  expect(mean).toBeCloseTo(
    ((await correlation(run, 0, 1)) + (await correlation(run, 7, 300))) / 2,
    10,
  );
  expect(none).toBeNaN();
});
