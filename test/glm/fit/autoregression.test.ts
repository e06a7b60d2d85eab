import { Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import type { DesignMatrix } from '../../../src/core/design.js';
import { contrastMaps } from '../../../src/glm/contrast/contrast-maps.js';
import { fContrastMaps } from '../../../src/glm/contrast/f-contrast-maps.js';
import { makeDesign } from '../../../src/glm/design/design.js';
import { frameTimesOf } from '../../../src/glm/design/frame-times.js';
import { yuleWalker } from '../../../src/glm/fit/autoregression.js';
import { fitGlm, type Noise, rhoOf } from '../../../src/glm/fit/fit.js';
import { largestRelative } from '../../golden/read.js';
import { seriesOf } from '../../golden/run.js';
import { normals } from '../simulate.js';
import { hundredths, textbook } from './textbook.js';

const volumes = 90;
const units = 12;
const design = makeDesign({
  events: [5, 25, 45, 70].map((onset, k) => ({
    onset,
    duration: 8,
    trialType: k % 2 ? 'law' : 'maths',
  })),
  frameTimes: frameTimesOf({ volumes, repetitionTime: 1 }),
  drift: { model: 'cosine', highPass: 0.02 },
});
const columns = design.names.length;

/** The last column is the constant. Without it, residuals have a mean. */
function withoutConstant({ names, rows, values }: DesignMatrix): DesignMatrix {
  const width = names.length;
  return {
    names: names.slice(0, -1),
    rows,
    values: values.filter((_, i) => i % width !== width - 1),
  };
}

/** Noise of a process with the given coefficients, each unit's at its own level. */
function autoregressive(rho: readonly number[], rows: number, seed: number): Float64Array {
  const values = normals(rows * units, seed); // [rows, units]
  for (let i = 0; i < values.length; i++) {
    rho.forEach((r, lag) => {
      values[i] += r * (values[i - (lag + 1) * units] ?? 0);
    });
  }
  return values.map((v, i) => v + 50 + (i % units));
}

const row = (name: string) => ({ name, weights: new Map([[name, 1]]) });

describe.each([1, 2, 3, 5])('AR(%i)', (order) => {
  const values = autoregressive([0.4, 0.2, -0.3], volumes, 3);
  const y = Matrix.from1DArray(volumes, units, values);
  const noise: Noise = `ar${order}`;

  const bare = withoutConstant(design);
  const cases = [
    ['a constant', design],
    ['no constant', bare],
  ] as const;
  test.each(cases)('agrees with the textbook to 1e-9, in a design with %s', async (_, design) => {
    const fit = await fitGlm({ series: seriesOf({ values, units }), design, noise });
    const x = Matrix.from1DArray(volumes, design.names.length, design.values);
    const expected = textbook(x, y, { order, ...(order === 1 && { rho: hundredths }) });
    expect(
      largestRelative(
        rhoOf(fit),
        expected.flatMap(({ rho }) => rho),
      ),
    ).toBeLessThan(1e-9);
    const maps = contrastMaps(fit, row('law'));
    const of = (get: (one: (typeof expected)[number]) => number) => expected.map(get);
    const at = design.names.indexOf('law');
    const differences = [
      largestRelative(
        maps.effect,
        of(({ beta }) => beta[at]),
      ),
      largestRelative(
        maps.variance,
        of(({ covariance }) => covariance.get(at, at)),
      ),
      largestRelative(
        fit.sigma2,
        of(({ sigma2 }) => sigma2),
      ),
      largestRelative(
        fit.rSquare,
        of(({ rSquare }) => rSquare),
      ),
    ];
    expect(Math.max(...differences)).toBeLessThan(1e-9);
  });

  test('a contrast of one column as an F test is its t squared', async () => {
    const fit = await fitGlm({ series: seriesOf({ values, units }), design, noise });
    const { t } = contrastMaps(fit, row('law'));
    const { F } = fContrastMaps(fit, { name: 'law', rows: [row('law')] });
    expect(
      largestRelative(
        F,
        t.map((v) => v * v),
      ),
    ).toBeLessThan(1e-10);
  });

  test('a run shorter than a product block, and blocks of any size, change nothing', async () => {
    const whole = await fitGlm({ series: seriesOf({ values, units }), design, noise });
    for (const blockVolumes of [1, 7, 90]) {
      const series = seriesOf({ values, units, blockVolumes });
      expect((await fitGlm({ series, design, noise })).beta).toEqual(whole.beta);
    }
  });
});

test('coefficients put into a long series come out', async () => {
  const rho = [0.5, -0.3, 0.2];
  const rows = 20_000;
  const constant = { names: ['constant'], rows, values: new Float64Array(rows).fill(1) };
  const series = seriesOf({ values: autoregressive(rho, rows, 8), units });
  const found = rhoOf(await fitGlm({ series, design: constant, noise: 'ar3' }));
  // Standard errors are about 1 / sqrt(rows) = 0.007.
  for (const [i, value] of found.entries()) expect(Math.abs(value - rho[i % 3])).toBeLessThan(0.03);
});

test('whitening of the right order keeps the rate of false positives, a lower one does not', async () => {
  const many = 3000;
  const rho = [0.2, 0.5];
  const white = normals(volumes * many, 21);
  const values = new Float64Array(white.length);
  for (let i = 0; i < values.length; i++) {
    values[i] = white[i] + rho[0] * (values[i - many] ?? 0) + rho[1] * (values[i - 2 * many] ?? 0);
  }
  const rate = async (noise: Noise) => {
    const fit = await fitGlm({ series: seriesOf({ values, units: many }), design, noise });
    const { p } = contrastMaps(fit, row('law'));
    return p.filter((v) => v < 0.025 || v > 0.975).length / many;
  };
  const [ols, ar2] = [await rate('ols'), await rate('ar2')];
  expect(ols).toBeGreaterThan(0.15);
  expect(ar2).toBeLessThan(ols / 2);
});

test('autocovariances of no stationary process have no coefficients', () => {
  expect([...(yuleWalker([2, 1]) ?? [])]).toEqual([0.5]);
  expect(yuleWalker([1, 1.2])).toBeNull();
  expect(yuleWalker([1, 0.9, 0])).toBeNull();
  expect(yuleWalker([0, 0])).toBeNull();
});

test('where pairs n - l in the denominators give no stationary process, n does', async () => {
  const rows = 14;
  const order = 4;
  const wave = Float64Array.from({ length: rows }, (_, t) => Math.cos(2 * t));
  const mean = wave.reduce((a, b) => a + b, 0) / rows;
  const sums = Array.from({ length: order + 1 }, (_, lag) => {
    let sum = 0;
    for (let t = lag; t < rows; t++) sum += (wave[t] - mean) * (wave[t - lag] - mean);
    return sum;
  });
  expect(yuleWalker(sums.map((sum, lag) => sum / (rows - lag)))).toBeNull();
  const constant = { names: ['constant'], rows, values: new Float64Array(rows).fill(1) };
  const series = seriesOf({ values: wave, units: 1 });
  const fit = await fitGlm({ series, design: constant, noise: `ar${order}` });
  const expected = yuleWalker(sums) ?? [];
  expect(expected).toHaveLength(order);
  expect(largestRelative(rhoOf(fit), expected)).toBeLessThan(1e-9);
});

test.each(['ar0', 'ar', 'ar1.5', 'ar-1', 'arma', 'ar01'])('noise %s is refused', async (noise) => {
  const series = seriesOf({ values: new Float64Array(volumes), units: 1 });
  await expect(fitGlm({ series, design, noise: noise as Noise })).rejects.toMatchObject({
    code: 'design/noise',
  });
});

test('more coefficients than degrees of freedom are refused', async () => {
  const series = seriesOf({ values: new Float64Array(volumes), units: 1 });
  const noise: Noise = `ar${volumes - columns}`;
  await expect(fitGlm({ series, design, noise })).rejects.toMatchObject({ code: 'design/no-dof' });
});
