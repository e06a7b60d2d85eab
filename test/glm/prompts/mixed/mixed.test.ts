import { describe, expect, test } from 'vitest';
import type { Contrast, DesignMatrix } from '../../../../src/core/design.js';
import { parseContrast } from '../../../../src/glm/contrast/contrast.js';
import { contrastMaps } from '../../../../src/glm/contrast/contrast-maps.js';
import { fitGlm } from '../../../../src/glm/fit/fit.js';
import { fitMixed, type MixedFit } from '../../../../src/glm/prompts/mixed/mixed.js';
import { mixedMaps } from '../../../../src/glm/prompts/mixed/mixed-maps.js';
import { promptMeans } from '../../../../src/glm/prompts/prompt-means.js';
import { type PromptGroups, promptDesign } from '../../../../src/glm/prompts/prompts.js';
import { sumByPrompt } from '../../../../src/glm/prompts/sums/prompt-sums.js';
import {
  MIXED_DESIGNS,
  MIXED_UNITS,
  type MixedDesign,
  mixedGolden,
} from '../../../golden/mixed.js';
import { largestRelative } from '../../../golden/read.js';
import { seriesOf } from '../../../golden/run.js';
import { designOf, onOff, promptNoise, promptsOf } from '../prompt-data.js';

const column = (name: string): Contrast => ({ name, weights: new Map([[name, 1]]) });

async function fitted(options: {
  readonly values: Float32Array | Float64Array; // [volumes, units]
  readonly units: number;
  readonly design: DesignMatrix;
  readonly groups: PromptGroups;
  readonly blockVolumes?: number;
}): Promise<MixedFit> {
  return fitMixed(await sumByPrompt({ ...options, series: seriesOf(options) }));
}

describe.each(Object.keys(MIXED_DESIGNS) as MixedDesign[])("R's lmer and lmerTest, %s", (name) => {
  const golden = mixedGolden(name);
  const { fits } = golden;
  const expectedOf = (contrast: string, statistic: string) => {
    const columns = fits.text('column');
    return fits.number(statistic).filter((_, row) => columns[row] === contrast); // [units]
  };

  test('the same variance components', async () => {
    const fit = await fitted({ ...golden, units: MIXED_UNITS });
    expect(largestRelative(fit.sigma2, expectedOf('constant', 'sigma2'))).toBeLessThan(1e-6);
    expectedOf('constant', 'tau2').forEach((tau2, u) => {
      // At the boundary R's optimiser ends near 0, ours at it.
      if (tau2 < 1e-9) expect(fit.tau2[u]).toBe(0);
      else expect(Math.abs(fit.tau2[u] / tau2 - 1)).toBeLessThan(1e-6);
    });
    expect(fit.tau2.filter((tau2) => tau2 > 0).length).toBeGreaterThanOrEqual(6);
    expect(fit.tau2.filter((tau2) => tau2 === 0).length).toBeGreaterThanOrEqual(1);
  });

  test.each(golden.design.names)(
    'the same effect, variance, t, dof and p of %s',
    async (contrast) => {
      const fit = await fitted({ ...golden, units: MIXED_UNITS });
      const maps = mixedMaps(fit, column(contrast));
      const own = { ...maps, dof: maps.dofPerUnit! };
      for (const statistic of ['effect', 'variance', 't', 'dof'] as const) {
        const expected = expectedOf(contrast, statistic);
        expect(largestRelative(own[statistic], expected), statistic).toBeLessThan(1e-6);
      }
      const twoSided = maps.p.map((p) => 2 * Math.min(p, 1 - p)); // [units]
      expectedOf(contrast, 'p').forEach((p, u) => {
        if (p > 1e-12) expect(Math.abs(twoSided[u] / p - 1)).toBeLessThan(1e-5);
      });
    },
  );
});

describe('prompts of one length, off and on', () => {
  const groups = promptsOf(new Array<number>(24).fill(7));
  const design = onOff(groups);
  const units = 300;
  const values = promptNoise({ groups, units, icc: 0.05, seed: 3 });

  test('is the two-stage form, t and dof, where prompts have levels, and least squares where not', async () => {
    const fit = await fitted({ values, units, design, groups });
    const mixed = mixedMaps(fit, column('on'));
    const series = seriesOf({ values, units });
    const ofFit = async (options: Parameters<typeof fitGlm>[0]) =>
      contrastMaps(await fitGlm(options), parseContrast('on', ['on']));
    const byPrompt = await ofFit({
      series: promptMeans(series, groups),
      design: promptDesign(design, groups),
      noise: 'ols',
    });
    const byVolume = await ofFit({ series, design, noise: 'ols' });
    const seen = { levels: 0, none: 0 };
    for (let u = 0; u < units; u++) {
      const levels = fit.tau2[u] > 0;
      seen[levels ? 'levels' : 'none']++;
      const expected = levels ? byPrompt : byVolume;
      expect(Math.abs(mixed.t[u] - expected.t[u])).toBeLessThan(1e-10);
      expect(Math.abs(mixed.z[u] - expected.z[u])).toBeLessThan(1e-10);
      expect(mixed.dofPerUnit![u]).toBeCloseTo(levels ? 22 : 166, 7);
    }
    expect(Math.min(seen.levels, seen.none)).toBeGreaterThan(50);
    expect(mixed.dof).toBeCloseTo(22, 7);
  });

  test('does not depend on the blocks, nor on volumes outside prompts', async () => {
    const whole = mixedMaps(await fitted({ values, units, design, groups }), column('on'));
    const outside = Int32Array.of(-1, ...groups.promptOf, -1, -1);
    const padded = new Float64Array(outside.length * units).fill(1e9);
    padded.set(values, units);
    const wider = {
      values: padded,
      units,
      groups: { ...groups, promptOf: outside },
      design: designOf({
        on: outside.map((g) => (g < 0 ? 5 : g % 2)),
        constant: outside.map(() => 1),
      }),
    };
    for (const blockVolumes of [1, 13, outside.length]) {
      const maps = mixedMaps(await fitted({ ...wider, blockVolumes }), column('on'));
      expect(maps).toEqual(whole);
    }
  });

  test('t does not change with the scale or the level of the data; effects follow', async () => {
    const moved = values.map((value) => 1e6 - 3 * value);
    const before = await fitted({ values, units, design, groups });
    const after = await fitted({ values: moved, units, design, groups });
    const [on, movedOn] = [before, after].map((fit) => mixedMaps(fit, column('on')));
    for (let u = 0; u < units; u++) {
      expect(Math.abs(movedOn.t[u] + on.t[u])).toBeLessThan(1e-7);
      expect(Math.abs(movedOn.effect[u] + 3 * on.effect[u])).toBeLessThan(1e-8);
    }
    const [mean, movedMean] = [before, after].map((fit) => mixedMaps(fit, column('constant')));
    mean.effect.forEach((effect, u) => {
      expect(Math.abs(movedMean.effect[u] - (1e6 - 3 * effect))).toBeLessThan(1e-8);
    });
  });
});

test('units that never change have t 0; units that change between prompts only are two-stage', async () => {
  const groups = promptsOf(new Array<number>(10).fill(4));
  const design = onOff(groups);
  const levels = Float64Array.from({ length: 10 }, (_, g) => (g * 37) % 11);
  const values = Float64Array.from({ length: 80 }, (_, i) =>
    i % 2 ? levels[groups.promptOf[i >> 1]] : 4.7,
  );
  const fit = await fitted({ values, units: 2, design, groups });
  const { effect, t, z, p, dofPerUnit } = mixedMaps(fit, column('on'));
  expect([effect[0], t[0], z[0], p[0], fit.tau2[0], fit.sigma2[0]]).toEqual([0, 0, 0, 0.5, 0, 0]);
  const twoStage = contrastMaps(
    await fitGlm({
      series: promptMeans(seriesOf({ values, units: 2 }), groups),
      design: promptDesign(design, groups),
      noise: 'ols',
    }),
    column('on'),
  );
  expect(Math.abs(t[1] / twoStage.t[1] - 1)).toBeLessThan(1e-9);
  expect(dofPerUnit![1]).toBeCloseTo(8, 6);
});

describe('refuses', () => {
  const groups = promptsOf([3, 3, 3, 3]);
  const good = { values: new Float64Array(24), units: 2, groups, design: onOff(groups) };
  const single = promptsOf([1, 1, 1, 1, 1]);
  const four = promptsOf([3, 3, 3]);
  const saturated = designOf({
    a: four.promptOf.map((g) => (g === 0 ? 1 : 0)),
    b: four.promptOf.map((g) => (g === 1 ? 1 : 0)),
    constant: four.promptOf.map(() => 1),
  });
  const broken = new Float64Array(24);
  broken[9] = Number.NaN;
  test.each([
    ['data/volumes', { ...good, values: new Float64Array(22) }],
    ['data/empty-mask', { ...good, values: new Float64Array(0), units: 0 }],
    ['data/not-finite', { ...good, values: broken }],
    [
      'design/no-within-dof',
      { ...good, values: new Float64Array(10), groups: single, design: onOff(single) },
    ],
    [
      'design/no-between-dof',
      { ...good, values: new Float64Array(18), groups: four, design: saturated },
    ],
    [
      'design/rank-deficient',
      { ...good, design: designOf({ x: new Float64Array(12), one: new Float64Array(12).fill(1) }) },
    ],
  ])('with %s', async (code, options) => {
    const series = {
      ...seriesOf(options),
      volumes: options.units === 0 ? 12 : options.values.length / options.units,
    };
    const attempt = async () => fitMixed(await sumByPrompt({ ...options, series }));
    await expect(attempt()).rejects.toThrow(expect.objectContaining({ code }));
  });

  test('a broken value with its unit and prompt', async () => {
    await expect(fitted({ ...good, values: broken })).rejects.toThrow(/unit 1 .*prompt 'p1'/);
  });
});
