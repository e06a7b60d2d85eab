import { expect, test } from 'vitest';
import { parseContrast, parseFContrast } from '../../../src/glm/contrast/contrast.js';
import { contrastMaps } from '../../../src/glm/contrast/contrast-maps.js';
import { fContrastMaps } from '../../../src/glm/contrast/f-contrast-maps.js';
import { combineFRuns } from '../../../src/glm/contrast/fixed-effects.js';
import { minusLog10P } from '../../../src/glm/contrast/log-p.js';
import { makeDesign } from '../../../src/glm/design/design.js';
import { frameTimesOf } from '../../../src/glm/design/frame-times.js';
import { fitGlm } from '../../../src/glm/fit/fit.js';
import { largestRelative } from '../../golden/read.js';
import { seriesOf } from '../../golden/run.js';
import { normals } from '../simulate.js';

const volumes = 60;
const units = 2000;
const design = makeDesign({
  events: ['pathology', 'law', 'maths', 'other', 'law', 'pathology'].map((trialType, k) => ({
    onset: 3 + 9 * k,
    duration: 6,
    trialType,
  })),
  frameTimes: frameTimesOf({ volumes, repetitionTime: 1 }),
});
const values = normals(volumes * units, 4); // [volumes, units]
const fit = await fitGlm({ series: seriesOf({ values, units }), design, noise: 'ar1' });
const testOf = (name: string, ...formulas: string[]) =>
  fContrastMaps(fit, parseFContrast({ name, formulas }, fit.names));

test('formulas are the rows of the matrix of weights', () => {
  const { name, rows } = parseFContrast(
    { name: 'any topic', formulas: ['pathology - other', 'half = 0.5*law + 1/2*maths'] },
    design.names,
  );
  expect(name).toBe('any topic');
  expect(rows.map((row) => Object.fromEntries(row.weights))).toEqual([
    { pathology: 1, other: -1 },
    { law: 0.5, maths: 0.5 },
  ]);
});

test('the same hypothesis in other words has the same F', () => {
  const pairs = testOf('equal', 'pathology - law', 'law - maths', 'maths - other');
  const rest = testOf('equal', 'pathology - other', 'law - other', '7*maths - 7*other');
  expect(largestRelative(pairs.F, rest.F)).toBeLessThan(1e-9);
  expect(largestRelative(minusLog10P(pairs), minusLog10P(rest))).toBeLessThan(1e-8);
});

test('without an effect p is uniform, and z has mean 0 and variance 1', async () => {
  const ols = await fitGlm({ series: seriesOf({ values, units }), design, noise: 'ols' });
  const any = { name: 'any', formulas: ['pathology', 'law', 'maths', 'other'] };
  const { p, z, numerator, dof } = fContrastMaps(ols, parseFContrast(any, ols.names));
  expect([numerator, dof]).toEqual([4, 55]);
  for (const alpha of [0.05, 0.5, 0.9]) {
    const rate = p.filter((v) => v < alpha).length / units;
    expect(Math.abs(rate - alpha)).toBeLessThan(4 * Math.sqrt((alpha * (1 - alpha)) / units));
  }
  const mean = z.reduce((a, b) => a + b, 0) / units;
  expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(units));
  expect(z.reduce((sum, v) => sum + v * v, 0) / units).toBeCloseTo(1, 0);
});

test('two equal runs: twice the F, twice the dof', () => {
  const one = testOf('any', 'pathology', 'law');
  const both = combineFRuns([one, one]);
  expect(
    largestRelative(
      both.F,
      one.F.map((f) => 2 * f),
    ),
  ).toBeLessThan(1e-10);
  expect(both.dof).toBe(2 * fit.dof);
  expect(both.effects[0]).toEqual(contrastMaps(fit, parseContrast('pathology', fit.names)).effect);
  const other = testOf('any', 'pathology');
  expect(() => combineFRuns([one, other])).toThrow(expect.objectContaining({ code: 'data/runs' }));
});

test('a unit that never changes has F 0, z 0 and p 1', async () => {
  const still = values.map((v, i) => (i % units === 5 ? 3 : v));
  const flat = await fitGlm({ series: seriesOf({ values: still, units }), design, noise: 'ols' });
  const any = { name: 'any', formulas: ['pathology', 'law'] };
  const { F, z, p } = fContrastMaps(flat, parseFContrast(any, flat.names));
  expect([F[5], z[5], p[5]]).toEqual([0, 0, 1]);
  expect(F.filter((f) => f === 0)).toHaveLength(1);
});

test.each([
  ['design/dependent-contrasts', 'any', ['pathology - law', 'law - maths', 'maths - pathology']],
  ['design/dependent-contrasts', 'any', ['law', '2*law']],
  ['design/unknown-column', 'any', ['lore']],
  ['design/empty-f-contrast', 'any', []],
  ['design/empty-f-contrast', ' ', ['law']],
])('refuses with %s', (code, name, formulas) => {
  expect(() => testOf(name, ...formulas)).toThrow(expect.objectContaining({ code }));
});
