import { readFileSync } from 'node:fs';
import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import type { DesignMatrix } from '../../../src/core/design.js';
import { parseContrast } from '../../../src/glm/contrast/contrast.js';
import { contrastMaps } from '../../../src/glm/contrast/contrast-maps.js';
import { makeDesign } from '../../../src/glm/design/design.js';
import { frameTimesOf } from '../../../src/glm/design/frame-times.js';
import { fitGlm, type Noise, rhoOf } from '../../../src/glm/fit/fit.js';
import { golden, largestRelative, table } from '../../golden/read.js';
import { goldenValues, seriesOf } from '../../golden/run.js';
import { normals } from '../simulate.js';

const volumes = 60;
const units = 50;
const design = makeDesign({
  events: [5, 25, 45].map((onset) => ({ onset, duration: 10, trialType: 'task' })),
  frameTimes: frameTimesOf({ volumes, repetitionTime: 1 }),
  drift: { model: 'polynomial', order: 1 },
});
const noise = normals(volumes * units, 12); // [volumes, units]

async function fitted(
  values: Float32Array | Float64Array, // [volumes, units]
  kind: Noise,
  options: { readonly blockVolumes?: number; readonly design?: DesignMatrix } = {},
) {
  const used = options.design ?? design;
  const perRow = values.length / used.rows;
  const fit = await fitGlm({
    series: seriesOf({ values, units: perRow, blockVolumes: options.blockVolumes ?? 7 }),
    design: used,
    noise: kind,
  });
  return { fit, maps: contrastMaps(fit, parseContrast('task', fit.names)) };
}

/** The definition, step by step with the whole data in memory. */
function textbookAr1(x: Matrix, y: Matrix) {
  const [n, p] = [x.rows, x.columns];
  const solve = (a: Matrix, b: Matrix) =>
    inverse(a.transpose().mmul(a)).mmul(a.transpose().mmul(b));
  const residuals = Matrix.sub(y, x.mmul(solve(x, y)));
  const mean = residuals.mean();
  return Array.from({ length: y.columns }, (_, u) => {
    const r = residuals.getColumn(u).map((v) => v - mean);
    const s0 = r.reduce((sum, v) => sum + v * v, 0) / n;
    const s1 = r.slice(1).reduce((sum, v, i) => sum + v * r[i], 0) / (n - 1);
    const rho = Math.trunc((100 * s1) / s0) / 100;
    const white = (m: Matrix) =>
      new Matrix(
        m.to2DArray().map((row, t, all) => row.map((v, j) => (t ? v - rho * all[t - 1][j] : v))),
      );
    const [wx, wy] = [white(x), white(y.subMatrixColumn([u]))];
    const beta = solve(wx, wy);
    const sse = Matrix.sub(wy, wx.mmul(beta)).norm() ** 2;
    const covariance = inverse(wx.transpose().mmul(wx));
    return {
      rho,
      effect: beta.get(0, 0),
      variance: (sse / (n - p)) * covariance.get(0, 0),
    };
  });
}

describe('agrees with', () => {
  const alone: DesignMatrix = {
    names: ['task', 'trend'],
    rows: volumes,
    values: Float64Array.from(
      { length: 2 * volumes },
      (_, i) => design.values[3 * (i >> 1) + (i & 1)],
    ),
  };

  test.each([
    ['a constant', design],
    ['no constant', alone],
  ])('the textbook AR(1), in a design with %s', async (_, used) => {
    const values = noise.map((v, i) => v + 0.5 * (noise[i - units] ?? 0) + 3);
    const { fit, maps } = await fitted(values, 'ar1', { design: used });
    const expected = textbookAr1(
      Matrix.from1DArray(volumes, used.names.length, used.values),
      Matrix.from1DArray(volumes, units, values),
    );
    expect([...rhoOf(fit)]).toEqual(expected.map(({ rho }) => rho + 0));
    expect(
      largestRelative(
        maps.effect,
        expected.map(({ effect }) => effect),
      ),
    ).toBeLessThan(1e-9);
    expect(
      largestRelative(
        maps.variance,
        expected.map(({ variance }) => variance),
      ),
    ).toBeLessThan(1e-9);
  });

  test('itself, where two columns make up the constant between them', async () => {
    const values = noise.map((v) => v + 1000);
    const task = (row: number) => design.values[3 * row];
    const two: DesignMatrix = {
      names: ['task', 'rest'],
      rows: volumes,
      values: Float64Array.from({ length: 2 * volumes }, (_, i) =>
        i & 1 ? 5 * (1 - task(i >> 1)) : task(i >> 1),
      ),
    };
    const one: DesignMatrix = {
      names: ['task', 'constant'],
      rows: volumes,
      values: Float64Array.from({ length: 2 * volumes }, (_, i) => (i & 1 ? 1 : task(i >> 1))),
    };
    const [split, whole] = [
      await fitted(values, 'ar1', { design: two }),
      await fitted(values, 'ar1', { design: one }),
    ];
    const difference = contrastMaps(split.fit, parseContrast('task - 5*rest', two.names));
    expect(largestRelative(difference.effect, whole.maps.effect)).toBeLessThan(1e-9);
    expect(largestRelative(difference.t, whole.maps.t)).toBeLessThan(1e-9);
    expect(rhoOf(split.fit)).toEqual(rhoOf(whole.fit));
  });

  test("numpy's OLS on the design the other programs were given", async () => {
    const lines = readFileSync(golden('reg.txt'), 'utf8').trimEnd().split('\n');
    const columns = lines.map((line) => [...line.trim().split(/\s+/).map(Number), 1]);
    const fit = await fitGlm({
      series: seriesOf(goldenValues(1)),
      design: {
        names: ['a', 'b', 'c', 'trend', 'constant'],
        rows: columns.length,
        values: Float64Array.from(columns.flat()),
      },
      noise: 'ols',
    });
    const expected = table('numpy-ols.tsv');
    for (const [name, formula] of Object.entries({ a: 'a', b: 'b', aMinusB: 'a - b' })) {
      const { t } = contrastMaps(fit, parseContrast(formula, fit.names));
      t.forEach((value, u) => {
        // The file holds eight decimals.
        expect(Math.abs(value - expected.number(`numpy_ols_${name}_t`)[u])).toBeLessThan(1e-7);
      });
    }
  });
});

test('a known answer: effects put in come out, and nothing is left over', async () => {
  const values = Float64Array.from({ length: volumes * 2 }, (_, i) => {
    const row = (i >> 1) * 3;
    return i & 1
      ? 100 - 4 * design.values[row]
      : 7 + 2.5 * design.values[row] + design.values[row + 1];
  });
  const { fit, maps } = await fitted(values, 'ols');
  expect(maps.effect[0]).toBeCloseTo(2.5, 10);
  expect(maps.effect[1]).toBeCloseTo(-4, 10);
  expect(fit.rSquare[0]).toBeCloseTo(1, 10);
  expect(maps.t[0]).toBeGreaterThan(1e5);
  expect(maps.t[1]).toBeLessThan(-1e5);
  expect(Number.isFinite(maps.z[0])).toBe(true);
  const constant = contrastMaps(fit, parseContrast('constant', fit.names));
  expect(constant.effect[0]).toBeCloseTo(7, 9);
});

describe.each(['ols', 'ar1'] as const)('%s', (kind) => {
  test('a constant added to the data changes nothing but the constant', async () => {
    const plain = await fitted(noise, kind);
    const raised = await fitted(
      noise.map((v) => v + 1000),
      kind,
    );
    expect(largestRelative(raised.maps.effect, plain.maps.effect)).toBeLessThan(1e-9);
    expect(largestRelative(raised.maps.t, plain.maps.t)).toBeLessThan(1e-9);
    const { effect } = contrastMaps(raised.fit, parseContrast('constant', design.names));
    const before = contrastMaps(plain.fit, parseContrast('constant', design.names)).effect;
    expect(
      largestRelative(
        effect,
        before.map((v) => v + 1000),
      ),
    ).toBeLessThan(1e-12);
  });

  test('data scaled by 8 scale the effect by 8, the variance by 64, and keep t', async () => {
    const plain = await fitted(noise, kind);
    const scaled = await fitted(
      noise.map((v) => 8 * v),
      kind,
    );
    expect(scaled.maps.effect).toEqual(plain.maps.effect.map((v) => 8 * v));
    expect(scaled.maps.variance).toEqual(plain.maps.variance.map((v) => 64 * v));
    expect(scaled.maps.t).toEqual(plain.maps.t);
  });

  test('the size of the blocks changes no bit', async () => {
    const whole = await fitted(noise, kind, { blockVolumes: volumes });
    for (const blockVolumes of [1, 13, 32]) {
      const parts = await fitted(noise, kind, { blockVolumes });
      expect(parts.maps).toEqual(whole.maps);
      expect(parts.fit.rSquare).toEqual(whole.fit.rSquare);
    }
  });

  test('a unit that never changes has t 0, z 0 and p 0.5', async () => {
    const values = noise.map((v, i) => (i % units === 3 ? 42 : v));
    const { fit, maps } = await fitted(values, kind);
    const at = (map: Float64Array) => map[3];
    expect([maps.effect, maps.variance, maps.t, maps.z].map(at)).toEqual([0, 0, 0, 0]);
    expect(maps.p[3]).toBeCloseTo(0.5, 15);
    expect(fit.rSquare[3]).toBe(0);
    expect(maps.t.every(Number.isFinite)).toBe(true);
  });

  test('more units than one tile holds', async () => {
    const many = 5000;
    const values = Float32Array.from(
      { length: volumes * many },
      (_, i) => noise[Math.floor(i / many) * units + ((i % many) % units)],
    );
    const { maps } = await fitted(values, kind);
    const few = await fitted(Float32Array.from(noise), kind);
    expect(maps.t).toEqual(Float64Array.from({ length: many }, (_, u) => few.maps.t[u % units]));
  });
});

test('OLS equals AR(1) where the coefficient is 0', async () => {
  const [ols, ar1] = [await fitted(noise, 'ols'), await fitted(noise, 'ar1')];
  const rho = rhoOf(ar1.fit);
  const zeros = [...rho.keys()].filter((u) => rho[u] === 0);
  expect(zeros.length).toBeGreaterThan(0);
  for (const u of zeros) {
    expect(ar1.maps.t[u]).toBe(ols.maps.t[u]);
    expect(ar1.fit.rSquare[u]).toBe(ols.fit.rSquare[u]);
  }
});

test('values that are not finite are counted and the first of them placed', async () => {
  const values = noise.slice();
  values[41 * units + 9] = Number.NaN;
  values[37 * units + 20] = Number.POSITIVE_INFINITY;
  values[50 * units + 20] = Number.NaN;
  await expect(fitted(values, 'ols')).rejects.toThrow(/2 of 50 units.*volume 37, unit 20/);
  values[4] = Number.NaN;
  await expect(fitted(values, 'ar1')).rejects.toThrow(/3 of 50 units.*volume 0, unit 4/);
});

test.each([
  ['data/empty-mask', { volumes, units: 0, blocks: async function* () {} }, design],
  ['data/volumes', seriesOf({ values: noise.subarray(units), units }), design],
  [
    'design/no-dof',
    seriesOf({ values: Float64Array.of(1, 2), units: 1 }),
    { names: ['a', 'b'], rows: 2, values: Float64Array.of(1, 0, 0, 1) },
  ],
])('refuses with %s', async (code, series, used) => {
  await expect(fitGlm({ series, design: used, noise: 'ols' })).rejects.toMatchObject({ code });
});
