import { readFileSync } from 'node:fs';
import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import type { DesignMatrix } from '../../../src/core/design.js';
import { fitArma } from '../../../src/glm/arma/arma.js';
import { armaFMaps } from '../../../src/glm/arma/arma-f-maps.js';
import type { ArmaGridOptions } from '../../../src/glm/arma/arma-grid.js';
import { armaMaps } from '../../../src/glm/arma/arma-maps.js';
import { lagOne } from '../../../src/glm/arma/arma-whiten.js';
import { parseContrast, parseFContrast } from '../../../src/glm/contrast/contrast.js';
import { contrastMaps } from '../../../src/glm/contrast/contrast-maps.js';
import { fitGlm } from '../../../src/glm/fit/fit.js';
import { golden, largestRelative, table } from '../../golden/read.js';
import { goldenValues, seriesOf } from '../../golden/run.js';
import { designOf } from '../prompts/prompt-data.js';
import { normals } from '../simulate.js';

/** Blocks of `length` volumes off and on, a drift and a constant. */
function blocks(volumes: number, length: number): DesignMatrix {
  const times = Array.from({ length: volumes }, (_, t) => t);
  return designOf({
    on: times.map((t) => Math.floor(t / length) % 2),
    drift: times.map((t) => Math.cos((Math.PI * (t + 0.5)) / volumes)),
    constant: times.map(() => 1),
  });
}

/** y_t = a y_(t-1) + e_t + b e_(t-1), long after its start. */
function armaNoise(options: {
  readonly volumes: number;
  readonly units: number;
  readonly a: number;
  readonly b: number;
  readonly seed: number;
}): Float64Array {
  const { volumes, units, a, b, seed } = options;
  const lead = 100;
  const e = normals((volumes + lead) * units, seed); // [lead + volumes, units]
  const y = e.slice();
  for (let i = units; i < y.length; i++) y[i] = a * y[i - units] + e[i] + b * e[i - units];
  return y.slice(lead * units);
}

describe("AFNI's 3dREMLfit", () => {
  const lines = readFileSync(golden('reg.txt'), 'utf8').trimEnd().split('\n');
  const columns = lines.map((line) => [...line.trim().split(/\s+/).map(Number), 1]);
  const names = ['a', 'b', 'c', 'trend', 'constant'];
  const design = { names, rows: columns.length, values: Float64Array.from(columns.flat()) };
  const expected = table('afni-reml.tsv');
  const [a, b] = [expected.number('afni_reml_a'), expected.number('afni_reml_b')];

  // AFNI sets correlations below 0.0011 to 0, which moves t by up to 5e-4 and may turn a near tie.
  test('the same pair in all but one of 256 voxels, and t within 0.001 where it is the same', async () => {
    const fit = await fitArma({ series: seriesOf(goldenValues(1)), design });
    const same = a.map(
      (own, u) => Math.abs(own - fit.a[u]) < 1e-6 && Math.abs(b[u] - fit.b[u]) < 1e-6,
    );
    expect(same.length).toBe(256);
    expect(same.filter((own) => !own).length).toBeLessThanOrEqual(1);
    for (const [name, formula] of Object.entries({ a: 'a', b: 'b', c: 'c', aMinusB: 'a - b' })) {
      const { t } = armaMaps(fit, parseContrast(formula, names));
      expected.number(`afni_reml_${name}_t`).forEach((theirs, u) => {
        expect(Math.abs(t[u] - theirs)).toBeLessThan(same[u] ? 1e-3 : 0.2);
      });
    }
  });

  test('does not depend on the blocks or on how many passes are made', async () => {
    const options = { ...goldenValues(1), blockVolumes: 40 };
    const fitOf = (blockVolumes: number, memory: number) =>
      fitArma({ series: seriesOf({ ...options, blockVolumes }), design, memory });
    const contrast = parseContrast('a', names);
    const once = armaMaps(await fitOf(180, 2 ** 29), contrast);
    expect(armaMaps(await fitOf(7, 2 ** 29), contrast)).toEqual(once);
    const often = armaMaps(await fitOf(40, 180 * 4 * 50), contrast);
    expect(largestRelative(often.t, once.t)).toBeLessThan(1e-10);
  });
});

describe('against the textbook formulas over whole matrices', () => {
  const design = blocks(60, 6);
  const units = 6;
  const noise = armaNoise({ volumes: 60, units, a: 0.6, b: -0.2, seed: 8 });
  const values = noise.map((value) => 50 + value);
  const x = Matrix.from1DArray(60, 3, design.values);
  const grids: [string, ArmaGridOptions][] = [
    ['the default grid', {}],
    ['negative correlations too', { negative: true, largestA: 0.5, largestB: 0.6 }],
    ['a fine grid', { divisions: 5 }],
  ];

  test.each(grids)('effect, variance, F and restricted likelihood, %s', async (_, grid) => {
    const fit = await fitArma({ series: seriesOf({ values, units }), design, grid });
    const on = armaMaps(fit, parseContrast('on', design.names));
    const constant = armaMaps(fit, parseContrast('constant', design.names));
    const formulas = ['on + drift', '2*drift - constant'];
    const both = armaFMaps(fit, parseFContrast({ name: 'both', formulas }, design.names));
    expect([both.numerator, both.dof]).toEqual([2, 57]);
    for (let u = 0; u < units; u++) {
      const y = Matrix.columnVector(Array.from({ length: 60 }, (_, t) => values[t * units + u]));
      const at = (a: number, b: number) => {
        const lambda = lagOne(a, b);
        const r = Matrix.zeros(60, 60);
        for (let i = 0; i < 60; i++) {
          for (let j = 0; j < 60; j++) {
            const lag = Math.abs(i - j);
            r.set(i, j, lag === 0 ? 1 : lambda * a ** (lag - 1));
          }
        }
        const precision = inverse(r);
        const cross = x.transpose().mmul(precision).mmul(x);
        const covariance = inverse(cross);
        const beta = covariance.mmul(x.transpose()).mmul(precision).mmul(y);
        const rest = Matrix.sub(y, x.mmul(beta));
        const sse = rest.transpose().mmul(precision).mmul(rest).get(0, 0);
        const deviance = 57 * Math.log(sse) + logDeterminant(r) + logDeterminant(cross);
        return { beta, sigma2: sse / 57, covariance, deviance };
      };
      const best = at(fit.a[u], fit.b[u]);
      expect(Math.abs(fit.sigma2[u] / best.sigma2 - 1)).toBeLessThan(1e-10);
      expect(Math.abs(on.effect[u] - best.beta.get(0, 0))).toBeLessThan(1e-9);
      expect(Math.abs(constant.effect[u] - best.beta.get(2, 0))).toBeLessThan(1e-9);
      const c = new Matrix([
        [1, 1, 0],
        [0, 2, -1],
      ]);
      const effects = c.mmul(best.beta);
      const spread = inverse(c.mmul(best.covariance).mmul(c.transpose()));
      const F = effects.transpose().mmul(spread).mmul(effects).get(0, 0) / (2 * best.sigma2);
      expect(Math.abs(both.F[u] / F - 1)).toBeLessThan(1e-9);
      const variance = best.sigma2 * best.covariance.get(0, 0);
      expect(Math.abs(on.variance[u] / variance - 1)).toBeLessThan(1e-10);
      // No neighbour on the grid is better.
      const step = (grid.largestB ?? 0.8) / 2 ** (grid.divisions ?? 3);
      const stepA = (grid.largestA ?? 0.8) / 2 ** (grid.divisions ?? 3);
      for (const [da, db] of [
        [0, 1],
        [0, -1],
        [1, 0],
        [-1, 0],
      ]) {
        const [a, b] = [fit.a[u] + da * stepA, fit.b[u] + db * step];
        const inside =
          Math.abs(a) <= (grid.largestA ?? 0.8) && Math.abs(b) <= (grid.largestB ?? 0.8);
        const allowed = grid.negative || (a >= 0 && lagOne(a, b) >= 0.0011);
        if (!inside || !allowed) continue;
        expect(at(a, b).deviance).toBeGreaterThan(best.deviance - 1e-9);
      }
    }
  });
});

function logDeterminant(matrix: Matrix): number {
  // By elimination: the matrices are positive definite and no pivot is needed.
  const m = matrix.clone();
  let sum = 0;
  for (let k = 0; k < m.rows; k++) {
    sum += Math.log(m.get(k, k));
    for (let i = k + 1; i < m.rows; i++) {
      const factor = m.get(i, k) / m.get(k, k);
      for (let j = k; j < m.rows; j++) m.set(i, j, m.get(i, j) - factor * m.get(k, j));
    }
  }
  return sum;
}

test('keeps the false positive rate in ARMA noise, where least squares does not', async () => {
  const units = 1500;
  const design = blocks(200, 10);
  const series = seriesOf({
    values: armaNoise({ volumes: 200, units, a: 0.7, b: -0.3, seed: 4 }),
    units,
  });
  const on = parseContrast('on', design.names);
  const rate = ({ z }: { readonly z: Float64Array }) =>
    z.filter((value) => Math.abs(value) > 1.959964).length / units;
  const fit = await fitArma({ series, design });
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / units;
  expect(mean(fit.a)).toBeGreaterThan(0.6);
  expect(mean(fit.a)).toBeLessThan(0.75);
  // 4 standard deviations, and 0.015 for pairs that are estimated.
  expect(Math.abs(rate(armaMaps(fit, on)) - 0.05)).toBeLessThan(4 * 0.0056 + 0.015);
  expect(rate(contrastMaps(await fitGlm({ series, design, noise: 'ols' }), on))).toBeGreaterThan(
    0.15,
  );
});

test('white noise gives the t of least squares where (0, 0) is best; a constant unit gives 0', async () => {
  const design = blocks(80, 5);
  const units = 41;
  const values = normals(80 * units, 2).map((value, i) => (i % units === 40 ? 3.3 : value));
  const series = seriesOf({ values, units });
  const fit = await fitArma({ series, design });
  const on = parseContrast('on', design.names);
  const [arma, ols] = [
    armaMaps(fit, on),
    contrastMaps(await fitGlm({ series, design, noise: 'ols' }), on),
  ];
  const white = [...fit.a.keys()].filter((u) => fit.a[u] === 0 && fit.b[u] === 0);
  expect(white.length).toBeGreaterThan(10);
  for (const u of white) expect(Math.abs(arma.t[u] - ols.t[u])).toBeLessThan(1e-11);
  expect([arma.effect[40], arma.t[40], arma.z[40], arma.p[40]]).toEqual([0, 0, 0, 0.5]);
});

describe('refuses', () => {
  const design = blocks(40, 5);
  const values = new Float64Array(80);
  const broken = values.map((value, i) => (i === 31 ? Number.NaN : value));
  test.each([
    ['data/volumes', { values: new Float64Array(60), units: 2, design }],
    ['data/not-finite', { values: broken, units: 2, design }],
    ['design/arma-grid', { values, units: 2, design, grid: { divisions: 2 } }],
    ['design/arma-grid', { values, units: 2, design, grid: { largestB: 0.95 } }],
    ['design/no-dof', { values: new Float64Array(5), units: 1, design: blocks(5, 2) }],
  ])('with %s', async (code, { values, units, ...rest }) => {
    await expect(fitArma({ ...rest, series: seriesOf({ values, units }) })).rejects.toThrow(
      expect.objectContaining({ code }),
    );
  });
});
