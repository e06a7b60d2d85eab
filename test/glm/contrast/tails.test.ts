import { expect, test } from 'vitest';
import { mapsOf } from '../../../src/glm/contrast/contrast-maps.js';
import { fMapsOf } from '../../../src/glm/contrast/f-contrast-maps.js';
import { minusLog10P } from '../../../src/glm/contrast/log-p.js';
import { relative, table } from '../../golden/read.js';

const tails = table('tails-mpmath.tsv');
const [stat, value, numerator, dof] = [
  tails.text('stat'),
  tails.number('value'),
  tails.number('dfn'),
  tails.number('dfd'),
];
const [logP, z] = [tails.number('minus_log10_p'), tails.number('z')];
const rows = [...stat.keys()].map((i) => ({
  stat: stat[i],
  value: value[i],
  q: numerator[i],
  dof: dof[i],
  logP: logP[i],
  z: z[i],
}));

test.each(rows.filter((row) => row.stat === 't'))(
  't $value with $dof dofs: mpmath to 1e-10',
  (row) => {
    // The same t upwards and downwards.
    const maps = mapsOf({
      contrast: 't',
      dof: row.dof,
      effect: Float64Array.of(row.value, -row.value),
      variance: Float64Array.of(1, 1),
    });
    const [upper, lower] = minusLog10P(maps);
    expect(relative(upper, row.logP)).toBeLessThan(1e-10);
    expect(relative(lower, -Math.log1p(-(10 ** -row.logP)) / Math.LN10)).toBeLessThan(1e-10);
    expect(relative(maps.z[0], row.z)).toBeLessThan(1e-10);
    expect(maps.z[1]).toBe(-maps.z[0]);
  },
);

test.each(rows.filter((row) => row.stat === 'F'))(
  'F $value with $q and $dof dofs: mpmath to 1e-10',
  (row) => {
    // Independent effects of variance 1: F is their mean square.
    const effects = Array.from({ length: row.q }, () => Float64Array.of(Math.sqrt(row.value)));
    const covariance = new Float64Array(row.q ** 2);
    for (let r = 0; r < row.q; r++) covariance[r * (row.q + 1)] = 1;
    const maps = fMapsOf({ contrast: 'F', dof: row.dof, effects, covariance });
    expect(relative(maps.F[0], row.value)).toBeLessThan(1e-14);
    expect(relative(minusLog10P(maps)[0], row.logP)).toBeLessThan(1e-10);
    expect(relative(maps.z[0], row.z)).toBeLessThan(1e-10);
  },
);

test('the numbers reach far beyond where nilearn clips, p 1e-300 and z 37.06', () => {
  expect(Math.max(...logP)).toBeGreaterThan(100_000);
  expect(Math.max(...z)).toBeGreaterThan(800);
});
