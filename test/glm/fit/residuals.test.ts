import { Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { makeDesign } from '../../../src/glm/design/design.js';
import { frameTimesOf } from '../../../src/glm/design/frame-times.js';
import { fitGlm } from '../../../src/glm/fit/fit.js';
import { type FittedKind, fittedSeries } from '../../../src/glm/fit/residuals.js';
import { seriesOf } from '../../golden/run.js';
import { normals } from '../simulate.js';
import { hundredths, textbook } from './textbook.js';

const volumes = 55;
const units = 7;
const design = makeDesign({
  events: [5, 25].map((onset) => ({ onset, duration: 10, trialType: 'task' })),
  frameTimes: frameTimesOf({ volumes, repetitionTime: 1 }),
  drift: { model: 'polynomial', order: 2 },
});
const white = normals(volumes * units, 9);
const values = white.map((v, i) => v + 0.5 * (white[i - units] ?? 0) + 300); // [volumes, units]
const series = (blockVolumes = 40) => seriesOf({ values, units, blockVolumes });

async function read(fitted: ReturnType<typeof fittedSeries>): Promise<Float64Array> {
  const all = new Float64Array(fitted.volumes * fitted.units); // [volumes, units]
  let next = 0;
  for await (const { first, volumes, values } of fitted.blocks()) {
    expect(first).toBe(next);
    all.set(values, first * fitted.units);
    next += volumes;
  }
  expect(next).toBe(fitted.volumes);
  return all;
}

describe.each(['ols', 'ar1', 'ar3'] as const)('%s', async (noise) => {
  const fit = await fitGlm({ series: series(), design, noise });
  const expected = textbook(
    Matrix.from1DArray(volumes, design.names.length, design.values),
    Matrix.from1DArray(volumes, units, values),
    {
      order: fit.autoregression.order,
      ...(noise === 'ar1' && { rho: hundredths }),
    },
  );

  test.each([
    ['residual', 'residuals'],
    ['whitened', 'whitened'],
  ] as const)("%s: the textbook's, in blocks of any size", async (kind, field) => {
    for (const blockVolumes of [1, 2, 40]) {
      const found = await read(fittedSeries(fit, series(blockVolumes), kind));
      found.forEach((value, i) => {
        const wanted = expected[i % units][field][Math.floor(i / units)];
        expect(Math.abs(value - wanted)).toBeLessThan(1e-9);
      });
    }
  });

  test('what is predicted and what is left make up the data', async () => {
    const parts = (['predicted', 'residual'] as FittedKind[]).map((kind) =>
      read(fittedSeries(fit, series(), kind)),
    );
    const [predicted, residual] = await Promise.all(parts);
    predicted.forEach((value, i) => {
      expect(value + residual[i]).toBeCloseTo(values[i], 9);
    });
  });

  test('the squares of whitened residuals over the dof are sigma2', async () => {
    const left = await read(fittedSeries(fit, series(), 'whitened'));
    const sse = new Float64Array(units);
    left.forEach((value, i) => {
      sse[i % units] += value * value;
    });
    sse.forEach((sum, u) => {
      expect(sum / fit.dof / fit.sigma2[u]).toBeCloseTo(1, 9);
    });
  });

  test('censored volumes leave nothing, masked units are NaN', async () => {
    const still = values.map((v, i) => (i % units === 2 ? 8 : v));
    const data = seriesOf({ values: still, units });
    const censored = [0, 30, 31];
    const options = { series: data, design, noise, censored, broken: 'mask' } as const;
    const left = await read(fittedSeries(await fitGlm(options), data, 'residual'));
    for (const t of censored) expect(left[t * units]).toBe(0);
    expect(left[3 * units]).not.toBe(0);
    expect(left.filter((_, i) => i % units === 2).every(Number.isNaN)).toBe(true);
  });
});

test('another series is refused', async () => {
  const fit = await fitGlm({ series: series(), design, noise: 'ols' });
  const other = seriesOf({ values: values.subarray(units), units });
  expect(() => fittedSeries(fit, other, 'residual')).toThrow(
    expect.objectContaining({ code: 'data/volumes' }),
  );
});
