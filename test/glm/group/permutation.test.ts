import { expect, test } from 'vitest';
import { parseContrast } from '../../../src/glm/contrast/contrast.js';
import { contrastMaps } from '../../../src/glm/contrast/contrast-maps.js';
import { fitGlm } from '../../../src/glm/fit/fit.js';
import { permutationTest } from '../../../src/glm/group/permutation.js';
import { pairedDifferences, seriesOfMaps } from '../../../src/glm/group/second-level.js';
import {
  oneSampleDesign,
  pairedDesign,
  twoSampleDesign,
} from '../../../src/glm/group/second-level-design.js';
import { largestRelative } from '../../golden/read.js';
import { seriesOf } from '../../golden/run.js';
import { normals } from '../simulate.js';
import { makeMaps, oneSample, run, sorted } from './permutation-cases.js';

test('tiny cases: p by counting on paper', async () => {
  // 1, 2, 3: only all plus and all minus reach |sum| 6. 1, -2, 2: |sum| >= 1 in all 8 flips; its
  // (1, 2, 2) and (-1, -2, -2) have r^2 = 25/27, more than the first unit's 36/42.
  const flips = await run(
    oneSample([Float64Array.of(1, 1), Float64Array.of(2, -2), Float64Array.of(3, 2)]),
  );
  expect([flips.exact, flips.permutations, flips.dof]).toEqual([true, 7, 2]);
  expect([...flips.p]).toEqual([2 / 8, 1]);
  expect([...flips.pFwe]).toEqual([4 / 8, 1]);
  expect(flips.t[0]).toBeCloseTo(2 / (1 / Math.sqrt(3)), 12);

  // Three against three, apart: 2 of 20 splits. 0, 0, 1 against 0, 1, 1: no split has less.
  const shuffles = await run({
    maps: [
      [1, 0],
      [2, 0],
      [3, 1],
      [7, 0],
      [8, 1],
      [9, 1],
    ].map((row) => Float64Array.from(row)),
    design: twoSampleDesign(['a', 'a', 'a', 'b', 'b', 'b']),
    formula: 'b - a',
    scheme: 'shuffles',
  });
  expect([shuffles.exact, shuffles.permutations]).toEqual([true, 719]);
  expect(shuffles.p[0]).toBeCloseTo(2 / 20, 14);
  expect(shuffles.p[1]).toBeCloseTo(20 / 20, 14);
});

/** All flips of 2^n, one-sample t by its definition. */
function enumerateFlips(maps: readonly Float64Array[]) {
  const n = maps.length;
  const tOf = (flip: number, u: number) => {
    const y = maps.map((map, i) => ((flip >> i) & 1 ? -map[u] : map[u]));
    const mean = y.reduce((a, b) => a + b, 0) / n;
    const variance = y.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1);
    return Math.abs(mean) / Math.sqrt(variance / n);
  };
  const units = [...maps[0].keys()];
  const all = Array.from({ length: 2 ** n }, (_, flip) => units.map((u) => tOf(flip, u)));
  const maxima = all.map((t) => Math.max(...t));
  const share = (values: readonly number[], t: number) =>
    values.filter((value) => value >= t * (1 - 1e-9)).length / values.length;
  return {
    p: units.map((u) =>
      share(
        all.map((t) => t[u]),
        all[0][u],
      ),
    ),
    pFwe: units.map((u) => share(maxima, all[0][u])),
    maxima: maxima.slice(1),
  };
}

test('all sign flips: the same p and maxima as by the definition', async () => {
  const maps = makeMaps(8, 12, 10).map((map) => map.map((v, u) => v + u / 6));
  const found = await run(oneSample(maps));
  const expected = enumerateFlips(maps);
  expect(found.permutations).toBe(255);
  expect(largestRelative(found.p, expected.p)).toBeLessThan(1e-12);
  expect(largestRelative(found.pFwe, expected.pFwe)).toBeLessThan(1e-12);
  expect(largestRelative(sorted(found.maxima), sorted(expected.maxima))).toBeLessThan(1e-9);
  expect(new Set(found.pFwe).size).toBeGreaterThan(5);
});

test("t is the GLM's; larger |t| never has the larger p", async () => {
  const maps = makeMaps(14, 50, 200).map((map, s) =>
    map.map((v, u) => 1e8 + v + (s % 2) * (u / 20)),
  );
  const design = twoSampleDesign(maps.map((_, s) => (s % 2 ? 'b' : 'a')));
  const contrast = parseContrast('b - a', design.names);
  const found = await run({
    maps,
    design,
    formula: 'b - a',
    scheme: 'shuffles',
    permutations: 500,
  });
  const fit = await fitGlm({ series: seriesOfMaps(maps), design, noise: 'ols' });
  expect(largestRelative(found.t, contrastMaps(fit, contrast).t)).toBeLessThan(1e-9);
  const order = [...found.t.keys()].sort((a, b) => Math.abs(found.t[a]) - Math.abs(found.t[b]));
  order.slice(1).forEach((unit, i) => {
    expect(found.pFwe[unit]).toBeLessThanOrEqual(found.pFwe[order[i]]);
  });
  found.p.forEach((p, u) => {
    expect(p).toBeGreaterThanOrEqual(1 / 501);
    expect(found.pFwe[u]).toBeGreaterThanOrEqual(p);
  });
});

test('paired: shuffles within subjects are sign flips of differences', async () => {
  const subjects = ['p', 'q', 'r', 's', 't', 'u', 'v'];
  const rest = makeMaps(7, 20, 300);
  const task = makeMaps(7, 20, 310).map((map) => map.map((v, u) => v + u / 10));
  const flips = await run(oneSample(pairedDifferences(task, rest)));
  const shuffles = await run({
    maps: [...rest, ...task],
    design: pairedDesign({
      subjectOf: [...subjects, ...subjects],
      conditionOf: [...subjects.map(() => 'rest'), ...subjects.map(() => 'task')],
    }),
    formula: 'task',
    scheme: 'shuffles',
    exchangeability: { kind: 'within-blocks', blockOf: [...subjects, ...subjects] },
  });
  expect([flips.permutations, shuffles.permutations]).toEqual([127, 127]);
  expect(largestRelative(shuffles.t, flips.t)).toBeLessThan(1e-9);
  expect(largestRelative(shuffles.p, flips.p)).toBeLessThan(1e-12);
  expect(largestRelative(shuffles.pFwe, flips.pFwe)).toBeLessThan(1e-12);
});

test('the same seed gives the same bytes, whatever the blocks of the series; another other ones', async () => {
  const units = 2500; // more than one tile
  const values = normals(16 * units, 400);
  const design = oneSampleDesign(16);
  const contrast = parseContrast('intercept', design.names);
  const make = (blockVolumes: number, seed: number) =>
    permutationTest({
      series: seriesOf({ values, units, blockVolumes }),
      design,
      contrast,
      scheme: 'sign-flips',
      permutations: 150,
      seed,
    });
  const first = await make(16, 1);
  expect(await make(3, 1)).toEqual(first);
  expect((await make(16, 2)).maxima).not.toEqual(first.maxima);

  // Units do not depend on their neighbours: those of the second tile by themselves.
  const tail = values.filter((_, i) => i % units >= 2048);
  const alone = await permutationTest({
    series: seriesOf({ values: tail, units: units - 2048 }),
    design,
    contrast,
    scheme: 'sign-flips',
    permutations: 150,
    seed: 1,
  });
  expect(alone.p).toEqual(first.p.slice(2048));
});

test('units that never change have t 0 and p 1; exact ones a finite t', async () => {
  const maps = makeMaps(7, 3, 500).map((map, s) => Float64Array.of(map[0], 1e6, s % 2));
  const found = await run({
    maps,
    design: twoSampleDesign(maps.map((_, s) => (s % 2 ? 'b' : 'a'))),
    formula: 'b - a',
    scheme: 'shuffles',
  });
  expect([found.t[1], found.p[1], found.pFwe[1]]).toEqual([0, 1, 1]);
  expect(found.t[2]).toBeGreaterThan(1e6);
  expect(Number.isFinite(found.t[2])).toBe(true);
  expect(found.p[2]).toBeCloseTo((6 * 24) / 5040, 12); // of 35 splits, the observed one
});

test('data and numbers of permutations that cannot be used are refused', async () => {
  const refused = (code: string) => expect.objectContaining({ code });
  const maps = makeMaps(5, 3, 800);
  for (const permutations of [0, 1.5, -1, Number.NaN]) {
    const made = run({ ...oneSample(maps), permutations });
    await expect(made).rejects.toThrow(refused('design/permutations'));
  }
  const longer = run({ ...oneSample(maps), design: oneSampleDesign(6) });
  await expect(longer).rejects.toThrow(refused('data/volumes'));
  const broken = maps.map((map, s) => map.map((v, u) => (s === 2 && u === 1 ? Number.NaN : v)));
  const made = run(oneSample(broken));
  await expect(made).rejects.toThrow(refused('data/not-finite'));
  await expect(made).rejects.toThrow('row 2, unit 1');
});
