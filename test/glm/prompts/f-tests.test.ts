import { expect, test } from 'vitest';
import type { FContrast } from '../../../src/core/design.js';
import { clusterRobustTests } from '../../../src/glm/prompts/cluster-robust/cluster-robust.js';
import { fitMixed } from '../../../src/glm/prompts/mixed/mixed.js';
import { mixedFMaps } from '../../../src/glm/prompts/mixed/mixed-f-maps.js';
import { mixedMaps } from '../../../src/glm/prompts/mixed/mixed-maps.js';
import { sumByPrompt } from '../../../src/glm/prompts/sums/prompt-sums.js';
import { MIXED_UNITS, type MixedDesign, mixedGolden } from '../../golden/mixed.js';
import { largestRelative, table } from '../../golden/read.js';
import { seriesOf } from '../../golden/run.js';
import { onOff, promptNoise, promptsOf } from './prompt-data.js';

/** The tests of make-f.R, as weights of the design's columns. */
const TESTS: Readonly<Record<MixedDesign, Readonly<Record<string, readonly number[][]>>>> = {
  balanced: {
    both: [
      [1, 0],
      [0, 1],
    ],
  },
  unbalanced: {
    prompt: [
      [0, 1, 0],
      [0, 0, 1],
    ],
    mixed: [
      [1, 0.5, 0],
      [0, 1, -1],
    ],
  },
  within: {
    slopes: [
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ],
    all: [
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ],
  },
};

const fTest = (name: string, rows: readonly number[][], names: readonly string[]): FContrast => ({
  name,
  rows: rows.map((weights, r) => ({
    name: `row ${r + 1}`,
    weights: new Map(names.map((column, j) => [column, weights[j]])),
  })),
});

const cases = Object.entries(TESTS).flatMap(([design, tests]) =>
  Object.entries(tests).map(([name, rows]) => [design as MixedDesign, name, rows] as const),
);

test.each(cases)(
  '%s, %s: F, dof and p are lmerTest’s and clubSandwich’s',
  async (name, own, rows) => {
    const { values, design, groups } = mixedGolden(name);
    const expected = table(`mixed/${name}_f.tsv`);
    const tests = expected.text('test');
    const of = (column: string) => expected.number(column).filter((_, row) => tests[row] === own); // [units]
    const series = seriesOf({ values, units: MIXED_UNITS });
    const contrast = fTest(own, rows, design.names);

    const mixed = mixedFMaps(fitMixed(await sumByPrompt({ series, design, groups })), contrast);
    expect(mixed.numerator).toBe(rows.length);
    expect(largestRelative(mixed.F, of('F'))).toBeLessThan(1e-6);
    expect(largestRelative(mixed.dofPerUnit!, of('dof'))).toBeLessThan(1e-6);
    of('p').forEach((p, u) => {
      if (p > 1e-12) expect(Math.abs(mixed.p[u] / p - 1)).toBeLessThan(1e-5);
    });

    const contrasts = { t: [], f: [contrast] };
    const [robust] = (await clusterRobustTests({ series, design, groups, contrasts })).f;
    expect(largestRelative(robust.F, of('htz_F'))).toBeLessThan(1e-9);
    expect(Math.abs(robust.dof / of('htz_dof')[0] - 1)).toBeLessThan(1e-9);
    of('htz_p').forEach((p, u) => {
      expect(Math.abs(robust.p[u] / p - 1)).toBeLessThan(1e-8);
    });
  },
);

test('of one row F is t squared, with the dof of t; of turned rows it is the same', async () => {
  const groups = promptsOf([3, 5, 4, 6, 3, 5, 4, 6, 2, 7]);
  const design = onOff(groups);
  const units = 15;
  const values = promptNoise({ groups, units, icc: 0.4, seed: 6 });
  const series = seriesOf({ values, units });
  const { names } = design;
  const [one, both, turned] = [
    [[1, 0]],
    [
      [1, 0],
      [0, 1],
    ],
    [
      [1, 1],
      [3, -1],
    ],
  ].map((rows, i) => fTest(`f${i}`, rows, names));
  const t = [{ name: 't', weights: new Map([[names[0], 1]]) }];
  const robust = await clusterRobustTests({
    ...{ series, design, groups },
    contrasts: { t, f: [one, both, turned] },
  });
  const fit = fitMixed(await sumByPrompt({ series, design, groups }));
  const mixed = {
    t: [mixedMaps(fit, t[0])],
    f: [one, both, turned].map((f) => mixedFMaps(fit, f)),
  };
  for (const { t: tMaps, f } of [robust, mixed]) {
    for (let u = 0; u < units; u++) {
      expect(f[0].F[u] / tMaps[0].t[u] ** 2).toBeCloseTo(1, 9);
      expect(f[2].F[u] / f[1].F[u]).toBeCloseTo(1, 9);
      const dofs = [f[0], tMaps[0], f[1], f[2]].map((maps) => maps.dofPerUnit?.[u] ?? maps.dof);
      expect(dofs[0]).toBeCloseTo(dofs[1], 7);
      if (f === robust.f) expect(dofs[3]).toBeCloseTo(dofs[2], 7);
    }
  }
});

test('a unit that never changes has F 0 and p 1', async () => {
  const groups = promptsOf([3, 3, 3, 3, 3, 3]);
  const design = onOff(groups);
  const series = seriesOf({ values: new Float64Array(18).fill(4.7), units: 1 });
  const contrast = fTest(
    'any',
    [
      [1, 0],
      [0, 1],
    ],
    design.names,
  );
  const contrasts = { t: [], f: [contrast] };
  const robust = await clusterRobustTests({ series, design, groups, contrasts });
  const mixed = mixedFMaps(fitMixed(await sumByPrompt({ series, design, groups })), contrast);
  for (const { F, z, p } of [robust.f[0], mixed]) expect([F[0], z[0], p[0]]).toEqual([0, 0, 1]);
});

test('too few prompts for the rows of an F test are refused', async () => {
  const groups = promptsOf([3, 3, 3, 3]);
  const design = onOff(groups);
  const contrast = fTest(
    'any',
    [
      [1, 0],
      [0, 1],
    ],
    design.names,
  );
  const series = seriesOf({ values: new Float64Array(12), units: 1 });
  const contrasts = {
    t: [],
    f: [contrast, { ...contrast, rows: [contrast.rows[0], contrast.rows[0]] }],
  };
  await expect(clusterRobustTests({ series, design, groups, contrasts })).rejects.toMatchObject({
    code: 'design/dependent-contrasts',
  });
});
