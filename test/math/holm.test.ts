import { expect, test } from 'vitest';
import { holmLogP } from '../../src/math/holm.js';

test("statsmodels' multipletests(method='holm')", () => {
  const corrected = holmLogP([0.01, 0.04, 0.03, 0.005, 0.5].map(Math.log)).map(Math.exp);
  for (const [i, p] of [0.04, 0.09, 0.09, 0.025, 0.5].entries()) {
    expect(corrected[i]).toBeCloseTo(p, 12);
  }
});

test('values too small for a double keep their logs', () => {
  expect(holmLogP([-2000, -1000])).toEqual([-2000 + Math.log(2), -1000]);
});
