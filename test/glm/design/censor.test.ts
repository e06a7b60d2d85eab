import { inverse, Matrix, solve } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import type { DesignMatrix } from '../../../src/core/design.js';
import { contrastMaps } from '../../../src/glm/contrast/contrast-maps.js';
import { censoredBy } from '../../../src/glm/design/censor.js';
import { makeDesign } from '../../../src/glm/design/design.js';
import { frameTimesOf } from '../../../src/glm/design/frame-times.js';
import { fitGlm, type Noise, rhoOf } from '../../../src/glm/fit/fit.js';
import { largestRelative } from '../../golden/read.js';
import { seriesOf } from '../../golden/run.js';
import { normals } from '../simulate.js';

const volumes = 70;
const units = 20;
const frameTimes = frameTimesOf({ volumes, repetitionTime: 1 });
const events = [5, 25, 45].map((onset) => ({ onset, duration: 10, trialType: 'task' }));
const drift = { model: 'polynomial', order: 1 } as const;
const design = makeDesign({ events, frameTimes, drift });
const task = { name: 'task', weights: new Map([['task', 1]]) };

const white = normals(volumes * units, 5); // [volumes, units]
const values = white.map((v, i) => v + 0.6 * (white[i - units] ?? 0) + 200);
/** The first volume, the last, one alone, two and three in a row. */
const censored = [0, 8, 20, 21, 40, 41, 42, 69];
const kept = [...frameTimes.keys()].filter((t) => !censored.includes(t));

/** The design with one-hot columns, made by hand. */
const scrubbed: DesignMatrix = makeDesign({
  events,
  frameTimes,
  drift,
  confounds: censored.map((volume) => ({
    name: `scrub ${volume}`,
    values: frameTimes.map((_, t) => (t === volume ? 1 : 0)),
  })),
});

const fitted = (noise: Noise, used: Float64Array, options: { readonly censored?: number[] }) =>
  fitGlm({
    series: seriesOf({ values: used, units }),
    design: options.censored ? design : scrubbed,
    noise,
    ...options,
  });

describe.each(['ols', 'ar1', 'ar3'] as const)('%s', (noise) => {
  test('equals one-hot columns: effects, variances, coefficients and dof', async () => {
    const [ours, columns] = [
      await fitted(noise, values, { censored }),
      await fitted(noise, values, {}),
    ];
    const [a, b] = [contrastMaps(ours, task), contrastMaps(columns, task)];
    expect(ours.dof).toBe(volumes - 3 - censored.length);
    expect(ours.dof).toBe(columns.dof);
    expect(largestRelative(rhoOf(ours), rhoOf(columns))).toBeLessThan(1e-9);
    for (const stat of ['effect', 'variance', 't', 'z', 'p'] as const) {
      expect(largestRelative(a[stat], b[stat]), stat).toBeLessThan(1e-8);
    }
  });

  test('what censored volumes hold has no part in it, NaN included', async () => {
    const wild = values.map((v, i) => {
      const t = Math.floor(i / units);
      return censored.includes(t) ? [Number.NaN, 1e30, Number.NEGATIVE_INFINITY][t % 3] : v;
    });
    const [plain, spoilt] = [
      await fitted(noise, values, { censored }),
      await fitted(noise, wild, { censored }),
    ];
    expect(contrastMaps(spoilt, task)).toEqual(contrastMaps(plain, task));
    expect(spoilt.rSquare).toEqual(plain.rSquare);
    expect(spoilt.mean).toEqual(plain.mean);
  });
});

test('with OLS, the same as the rows taken out: r squared and means too', async () => {
  const rows = (of: Float64Array, width: number) =>
    Float64Array.from(kept.flatMap((t) => [...of.subarray(t * width, (t + 1) * width)]));
  const short = await fitGlm({
    series: seriesOf({ values: rows(values, units), units }),
    design: { names: design.names, rows: kept.length, values: rows(design.values, 3) },
    noise: 'ols',
  });
  const ours = await fitted('ols', values, { censored });
  const [a, b] = [contrastMaps(ours, task), contrastMaps(short, task)];
  expect(largestRelative(a.t, b.t)).toBeLessThan(1e-10);
  expect(largestRelative(a.effect, b.effect)).toBeLessThan(1e-10);
  expect(largestRelative(ours.rSquare, short.rSquare)).toBeLessThan(1e-10);
  expect(largestRelative(ours.mean, short.mean)).toBeLessThan(1e-14);
});

test('AR(1) across gaps is generalised least squares on the volumes left, as far apart as they are', async () => {
  const fit = await fitted('ar1', values, { censored });
  const maps = contrastMaps(fit, task);
  const rho = rhoOf(fit);
  const x = Matrix.from1DArray(volumes, 3, design.values).selection(kept, [0, 1, 2]);
  for (let u = 0; u < units; u++) {
    // The process starts with the variance of its innovations, as a first row left unscaled says.
    const start = (t: number) => (1 - rho[u] ** (2 * (t + 1))) / (1 - rho[u] ** 2);
    const covariance = new Matrix(
      kept.map((s) => kept.map((t) => rho[u] ** Math.abs(s - t) * start(Math.min(s, t)))),
    );
    const precision = inverse(covariance);
    const y = Matrix.columnVector(kept.map((t) => values[t * units + u]));
    const xp = x.transpose().mmul(precision);
    const cross = xp.mmul(x);
    const beta = solve(cross, xp.mmul(y));
    const rest = Matrix.sub(y, x.mmul(beta));
    const sigma2 = rest.transpose().mmul(precision).mmul(rest).get(0, 0) / (kept.length - 3);
    expect(Math.abs(maps.effect[u] / beta.get(0, 0) - 1)).toBeLessThan(1e-8);
    expect(Math.abs(maps.variance[u] / (sigma2 * inverse(cross).get(0, 0)) - 1)).toBeLessThan(1e-8);
  }
});

test('a column that only censored volumes hold is named as the one at fault', async () => {
  const all = [...frameTimes.keys()].filter((t) => t >= 5 && t < 15);
  const one = makeDesign({ events: events.slice(0, 1), frameTimes });
  const series = seriesOf({ values, units });
  for (const noise of ['ols', 'ar1'] as const) {
    await expect(fitGlm({ series, design: one, noise, censored: all })).rejects.toThrow(/: task\./);
  }
});

test.each([
  ['design/censored', [70]],
  ['design/censored', [-1]],
  ['design/censored', [1.5]],
  ['design/no-dof', [...frameTimes.keys()].slice(3)],
  ['design/too-few-rows', [...frameTimes.keys()].slice(2)],
])('refuses with %s', async (code, list) => {
  const series = seriesOf({ values, units });
  await expect(fitGlm({ series, design, noise: 'ols', censored: list })).rejects.toMatchObject({
    code,
  });
});

test('columns of 0 and 1 mark volumes together; anything else is refused', () => {
  const a = { name: 'motion_outlier00', values: [0, 1, 0, 0] };
  const b = { name: 'motion_outlier01', values: Float64Array.of(0, 1, 0, 1) };
  expect(censoredBy([a, b])).toEqual([1, 3]);
  expect(censoredBy([])).toEqual([]);
  for (const value of [0.5, Number.NaN, 2]) {
    expect(() => censoredBy([a, { name: 'fd', values: [0, value, 0, 0] }])).toThrow(
      /'fd' with .* at volume 1/,
    );
  }
});
