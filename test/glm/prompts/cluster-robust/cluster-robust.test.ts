import { describe, expect, test } from 'vitest';
import { parseContrast } from '../../../../src/glm/contrast/contrast.js';
import { clusterRobustMaps } from '../../../../src/glm/prompts/cluster-robust/cluster-robust.js';
import {
  MIXED_DESIGNS,
  MIXED_UNITS,
  type MixedDesign,
  mixedGolden,
} from '../../../golden/mixed.js';
import { largestRelative } from '../../../golden/read.js';
import { seriesOf } from '../../../golden/run.js';
import { designOf, onOff, promptNoise, promptsOf } from '../prompt-data.js';

describe.each(Object.keys(MIXED_DESIGNS) as MixedDesign[])("R's clubSandwich, %s", (name) => {
  const { values, design, groups, fits } = mixedGolden(name);

  test('the same effect, CR2 variance and Satterthwaite dof of every column', async () => {
    for (const blockVolumes of [1, 40]) {
      const maps = await clusterRobustMaps({
        series: seriesOf({ values, units: MIXED_UNITS, blockVolumes }),
        design,
        groups,
        contrasts: design.names.map((column) => parseContrast(column, design.names)),
      });
      const columns = fits.text('column');
      for (const { contrast, effect, variance, dof } of maps) {
        const expectedOf = (statistic: string) =>
          fits.number(statistic).filter((_, row) => columns[row] === contrast); // [units]
        expect(largestRelative(effect, expectedOf('ols_effect'))).toBeLessThan(1e-11);
        expect(largestRelative(variance, expectedOf('cr2_variance'))).toBeLessThan(1e-11);
        expect(Math.abs(dof / expectedOf('cr2_dof')[0] - 1)).toBeLessThan(1e-11);
      }
    }
  });
});

test('in balanced prompts, off and on, it is the t test of prompt means (Welch)', async () => {
  const groups = promptsOf(new Array<number>(16).fill(5));
  const units = 20;
  const values = promptNoise({ groups, units, icc: 0.4, seed: 5 });
  const [maps] = await clusterRobustMaps({
    series: seriesOf({ values, units }),
    design: onOff(groups),
    groups,
    contrasts: [parseContrast('on', ['on'])],
  });
  for (let u = 0; u < units; u++) {
    const means = groups.prompts.map((_, g) => {
      let sum = 0;
      for (let t = 0; t < 5; t++) sum += values[(g * 5 + t) * units + u] / 5;
      return sum;
    });
    const part = (which: number) => {
      const own = means.filter((_, g) => g % 2 === which);
      const mean = own.reduce((a, b) => a + b) / 8;
      return { mean, variance: own.reduce((a, b) => a + (b - mean) ** 2, 0) / 7 / 8 };
    };
    const [off, on] = [part(0), part(1)];
    expect(maps.effect[u]).toBeCloseTo(on.mean - off.mean, 12);
    expect(maps.variance[u]).toBeCloseTo(off.variance + on.variance, 12);
  }
  expect(maps.dof).toBeCloseTo(14, 10);
});

test('a unit that never changes has t 0, and so has a fit without residuals', async () => {
  const groups = promptsOf([4, 4, 4, 4]);
  const design = onOff(groups);
  const values = Float64Array.from({ length: 32 }, (_, i) =>
    i % 2 ? 3 + 2 * design.values[(i >> 1) * 2] : 5,
  );
  const [{ effect, t, z, p }] = await clusterRobustMaps({
    series: seriesOf({ values, units: 2 }),
    design,
    groups,
    contrasts: [parseContrast('on', design.names)],
  });
  expect([...t, ...z, ...p]).toEqual([0, 0, 0, 0, 0.5, 0.5]);
  expect(effect[0]).toBe(0);
  expect(effect[1]).toBeCloseTo(2, 12);
});

test.each([
  ['design/no-between-dof', 'first'],
  ['design/unknown-column', 'second'],
])('refuses with %s', async (code, column) => {
  const groups = promptsOf([3, 3, 3, 3]);
  const design = designOf({
    first: groups.promptOf.map((g) => (g === 0 ? 1 : 0)),
    constant: groups.promptOf.map(() => 1),
  });
  const series = seriesOf({ values: new Float64Array(12), units: 1 });
  const contrasts = [{ name: column, weights: new Map([[column, 1]]) }];
  await expect(clusterRobustMaps({ series, design, groups, contrasts })).rejects.toThrow(
    expect.objectContaining({ code }),
  );
});
