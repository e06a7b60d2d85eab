import { expect, test } from 'vitest';
import { BASELINE, fromBold, measureIntensity, toBold } from '../../src/image/intensity.js';
import { seriesOfValues, simulatedValues } from '../workflow/simulate.js';
import { collect } from './collect.js';

const UNITS = 40;
const runs = [
  seriesOfValues(simulatedValues(50, UNITS, 1), UNITS, 7),
  seriesOfValues(simulatedValues(31, UNITS, 2), UNITS, 50),
];

test('mean and sd agree with two passes over all runs', async () => {
  const values = (await Promise.all(runs.map(collect))).flatMap((run) => [...run]);
  const { mean, sd } = await measureIntensity(runs);
  for (let u = 0; u < UNITS; u++) {
    const column = values.filter((_, i) => i % UNITS === u);
    const exact = column.reduce((sum, x) => sum + x, 0) / column.length;
    const variance = column.reduce((sum, x) => sum + (x - exact) ** 2, 0) / column.length;
    expect(Math.abs(mean[u] - exact)).toBeLessThanOrEqual(1e-12 * Math.abs(exact) + 1e-15);
    expect(Math.abs(sd[u] - Math.sqrt(variance))).toBeLessThanOrEqual(1e-10 * Math.sqrt(variance));
  }
});

test('the largest pseudo-BOLD value is that of all runs', async () => {
  const intensity = await measureIntensity(runs);
  const bold = await Promise.all(runs.map((run) => collect(toBold(run, intensity))));
  const largest = Math.max(...bold.flatMap((values) => [...values].map(Math.abs)));
  expect(intensity.largest).toBe(largest);
  const spike = Float64Array.from({ length: 400 }, (_, v) => (v === 7 ? -1 : 0));
  const far = await measureIntensity([seriesOfValues(Float32Array.from(spike), 1)]);
  expect(far.largest).toBeCloseTo(10000 + 100 / Math.sqrt(399), 6); // the spike is 19.97 sd below
});

test('a spread far below the mean survives one pass', async () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => 1e6 + (i % 2 ? 0.5 : -0.5));
  const { mean, sd } = await measureIntensity([seriesOfValues(values, 1)]);
  expect(mean[0]).toBeCloseTo(1e6, 8);
  expect(sd[0]).toBeCloseTo(0.5, 12);
});

test('S has mean 10000 and sd 100; units that never change are 10000 exactly', async () => {
  const intensity = await measureIntensity([runs[0]]);
  const bold = await collect(toBold(runs[0], intensity));
  for (let u = 0; u < UNITS; u++) {
    const column = [...bold].filter((_, i) => i % UNITS === u);
    if (u % 17 === 3) {
      expect(intensity.sd[u]).toBe(0);
      expect(new Set(column)).toEqual(new Set([BASELINE]));
    } else {
      const mean = column.reduce((sum, s) => sum + s, 0) / column.length;
      const variance = column.reduce((sum, s) => sum + (s - mean) ** 2, 0) / column.length;
      expect(mean).toBeCloseTo(BASELINE, 6);
      expect(Math.sqrt(variance)).toBeCloseTo(100, 6);
    }
  }
});

test('activations come back, those that never change exactly', async () => {
  const intensity = await measureIntensity(runs);
  const before = await collect(runs[1]);
  const after = await collect(fromBold(toBold(runs[1], intensity), intensity));
  after.forEach((x, i) => {
    const sd = intensity.sd[i % UNITS];
    expect(Math.abs(x - before[i])).toBeLessThanOrEqual(1e-10 * sd + 1e-10 * Math.abs(before[i]));
  });
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])(
  '%s is refused with its unit and volume',
  async (bad) => {
    const values = simulatedValues(20, UNITS, 3);
    values[9 * UNITS + 11] = bad;
    const broken = measureIntensity([runs[0], seriesOfValues(values, UNITS, 4)]);
    await expect(broken).rejects.toMatchObject({ name: 'DataError', code: 'data/not-finite' });
    await expect(broken).rejects.toThrow(/unit 11 of volume 9 of run 2/);
  },
);
