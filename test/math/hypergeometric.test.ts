import { expect, test } from 'vitest';
import { hypergeometricLogSf } from '../../src/math/hypergeometric.js';

// scipy.stats.hypergeom.logsf(both - 1, population, a, b), scipy 1.17
test.each([
  [{ population: 50, a: 20, b: 10 }, 6, -1.96691244072045],
  [{ population: 50, a: 20, b: 10 }, 2, -0.0312643871858526],
  [{ population: 9728, a: 4206, b: 5063 }, 3080, -689.6182597207437],
  [{ population: 9728, a: 4206, b: 5063 }, 2100, -0.00012222189839524757],
  [{ population: 100_000, a: 300, b: 200 }, 150, -807.2818445929482],
  [{ population: 10, a: 5, b: 5 }, 5, -5.529429087511424],
  [{ population: 10, a: 8, b: 7 }, 5, 0],
])('%o sharing %i or more', (sizes, both, expected) => {
  const found = hypergeometricLogSf(both, sizes);
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-8 * Math.abs(expected) + 1e-12);
});

test('more than the smaller holds cannot be shared', () => {
  expect(hypergeometricLogSf(6, { population: 10, a: 5, b: 5 })).toBe(Number.NEGATIVE_INFINITY);
});

test('the chances of every count add to one', () => {
  const sizes = { population: 30, a: 12, b: 9 };
  const tail = (both: number) => Math.exp(hypergeometricLogSf(both, sizes));
  const masses = Array.from({ length: 10 }, (_, both) => tail(both) - tail(both + 1));
  expect(masses.reduce((sum, mass) => sum + mass)).toBeCloseTo(1, 12);
  const mean = masses.reduce((sum, mass, both) => sum + both * mass, 0);
  expect(mean).toBeCloseTo((12 * 9) / 30, 10);
});
