import { describe, expect, test } from 'vitest';
import { contrastMaps } from '../../../src/glm/contrast/contrast-maps.js';
import { combineRuns } from '../../../src/glm/contrast/fixed-effects.js';
import { minusLog10P } from '../../../src/glm/contrast/log-p.js';
import { applyThreshold } from '../../../src/glm/contrast/threshold.js';
import { makeDesign } from '../../../src/glm/design/design.js';
import { frameTimesOf } from '../../../src/glm/design/frame-times.js';
import { dofsOf, fitGlm } from '../../../src/glm/fit/fit.js';
import { relative } from '../../golden/read.js';
import { seriesOf } from '../../golden/run.js';
import { normals } from '../simulate.js';

const volumes = 50;
const units = 9;
const design = makeDesign({
  events: [4, 24].map((onset) => ({ onset, duration: 10, trialType: 'task' })),
  frameTimes: frameTimesOf({ volumes, repetitionTime: 1 }),
});
const bare = {
  names: ['task'],
  rows: volumes,
  values: design.values.filter((_, i) => i % 2 === 0),
};
const task = { name: 'task', weights: new Map([['task', 1]]) };

const good = normals(volumes * units, 6).map((v) => v + 20); // [volumes, units]
/** Units 1 (all NaN), 4 (one infinity), 5 and 7 (constant) are broken. */
const spoilt = good.map((v, i) => {
  const [t, u] = [Math.floor(i / units), i % units];
  if (u === 1) return Number.NaN;
  if (u === 4 && t === 30) return Number.POSITIVE_INFINITY;
  return u === 5 || u === 7 ? u : v;
});
const sound = [0, 2, 3, 6, 8];

describe.each(['ols', 'ar1', 'ar2'] as const)('%s', (noise) => {
  test.each([
    ['a constant', design],
    ['no constant', bare],
  ])('masked units are named, and the others are as without them: %s', async (_, design) => {
    const series = seriesOf({ values: spoilt, units });
    const fit = await fitGlm({ series, design, noise, broken: 'mask' });
    const dof = volumes - design.names.length;
    expect([...fit.broken.notFinite]).toEqual([1, 4]);
    expect([...fit.broken.constant]).toEqual([5, 7]);
    expect([...dofsOf(fit)]).toEqual([dof, 0, dof, dof, 0, 0, dof, 0, dof]);
    const alone = await fitGlm({
      series: seriesOf({
        values: Float64Array.from(
          [...frameTimesOf({ volumes, repetitionTime: 1 })].flatMap((t) =>
            sound.map((u) => good[t * units + u]),
          ),
        ),
        units: sound.length,
      }),
      design,
      noise,
    });
    const [maps, expected] = [contrastMaps(fit, task), contrastMaps(alone, task)];
    for (const stat of ['effect', 'variance', 't', 'z', 'p'] as const) {
      sound.forEach((u, i) => {
        expect(relative(maps[stat][u], expected[stat][i]), stat).toBeLessThan(1e-12);
      });
      for (const u of [1, 4, 5, 7]) {
        expect(maps[stat][u], stat).toBeCloseTo(stat === 'p' ? 0.5 : 0, 15);
      }
    }
    expect(minusLog10P(maps)[1]).toBeCloseTo(Math.log10(2), 12);
  });

  test('refused unless masked, and constant units are listed in any case', async () => {
    const series = seriesOf({ values: spoilt, units });
    await expect(fitGlm({ series, design, noise })).rejects.toMatchObject({
      code: 'data/not-finite',
    });
    const still = spoilt.map((v, i) => ([1, 4].includes(i % units) ? good[i] : v));
    const fit = await fitGlm({ series: seriesOf({ values: still, units }), design, noise });
    expect([...fit.broken.constant]).toEqual([5, 7]);
    expect([...dofsOf(fit)]).toEqual(Array(units).fill(48));
  });
});

test('a run that masked a unit is left out of its mean over runs', async () => {
  const run = async (values: Float64Array) => {
    const series = seriesOf({ values, units });
    return contrastMaps(await fitGlm({ series, design, noise: 'ols', broken: 'mask' }), task);
  };
  const [whole, part] = [await run(good), await run(spoilt)];
  const both = combineRuns([whole, part]);
  expect(both.effect[1]).toBe(whole.effect[1]);
  expect(both.t[1]).toBeCloseTo(whole.t[1], 12);
  expect(both.z[1]).toBeCloseTo(whole.z[1], 12);
  expect(both.effect[0]).toBeCloseTo(whole.effect[0], 12);
  expect([...(both.dofPerUnit ?? [])].slice(0, 3)).toEqual([96, 48, 96]);
});

test('masked units are not among those a threshold corrects for', async () => {
  const series = seriesOf({ values: spoilt, units });
  const maps = contrastMaps(await fitGlm({ series, design, noise: 'ols', broken: 'mask' }), task);
  const { dofPerUnit, z } = maps;
  const rule = { method: 'bonferroni', alpha: 0.05 } as const;
  const counted = applyThreshold({ z, rule, ...(dofPerUnit && { dofPerUnit }) });
  const alone = applyThreshold({ z: Float64Array.from(sound, (u) => z[u]), rule });
  expect(counted.threshold).toBe(alone.threshold);
  const all = { method: 'top', percent: 100 } as const;
  const top = applyThreshold({ z, rule: all, ...(dofPerUnit && { dofPerUnit }) });
  expect([...top.active.keys()].filter((u) => top.active[u])).toEqual(sound);
});
