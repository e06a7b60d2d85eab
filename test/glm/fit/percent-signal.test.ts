import { expect, test } from 'vitest';
import { contrastMaps } from '../../../src/glm/contrast/contrast-maps.js';
import { makeDesign } from '../../../src/glm/design/design.js';
import { frameTimesOf } from '../../../src/glm/design/frame-times.js';
import { fitGlm } from '../../../src/glm/fit/fit.js';
import { inPercent } from '../../../src/glm/fit/percent-signal.js';
import { largestRelative } from '../../golden/read.js';
import { seriesOf } from '../../golden/run.js';
import { normals } from '../simulate.js';

const volumes = 40;
const units = 6;
const design = makeDesign({
  events: [{ onset: 5, duration: 20, trialType: 'task' }],
  frameTimes: frameTimesOf({ volumes, repetitionTime: 1 }),
});
const task = { name: 'task', weights: new Map([['task', 1]]) };
const values = normals(volumes * units, 2).map((v, i) => v + 500 * (1 + (i % units)));
const fitted = (used: Float64Array) =>
  fitGlm({ series: seriesOf({ values: used, units }), design, noise: 'ols' });

test('the same as a fit to data that were scaled by their means before', async () => {
  const fit = await fitted(values);
  const scaled = await fitted(values.map((v, i) => 100 * (v / fit.mean[i % units] - 1)));
  const [ours, theirs] = [inPercent(contrastMaps(fit, task), fit), contrastMaps(scaled, task)];
  for (const stat of ['effect', 'variance', 't', 'z', 'p'] as const) {
    expect(largestRelative(ours[stat], theirs[stat]), stat).toBeLessThan(1e-9);
  }
});

test('means of 0 or less are refused, and counted', async () => {
  const fit = await fitted(values.map((v, i) => (i % units < 2 ? -v : v)));
  expect(() => inPercent(contrastMaps(fit, task), fit)).toThrow(/2 of 6 units/);
});
