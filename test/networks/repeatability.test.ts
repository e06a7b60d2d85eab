import { expect, test } from 'vitest';
import { makeRandom } from '../../src/math/random.js';
import { icc, meanCorrelation } from '../../src/networks/repeatability.js';

// Shrout and Fleiss 1979, table 2: six targets, four judges.
const JUDGES = [
  [9, 6, 8, 7, 10, 6],
  [2, 1, 4, 1, 5, 2],
  [5, 3, 6, 2, 6, 4],
  [8, 2, 8, 6, 9, 7],
];

test('Shrout and Fleiss: ICC(2,1) is .29, ICC(3,1) .71', () => {
  const found = icc(JUDGES);
  expect(found.agreement).toBeCloseTo(0.2898, 4);
  expect(found.consistency).toBeCloseTo(0.7148, 4);
});

test('a run shifted as a whole is consistent, and agrees less', () => {
  const run = Float64Array.from({ length: 50 }, (_, i) => Math.sin(i));
  const found = icc([run, run.map((value) => value + 1)]);
  expect(found.consistency).toBeCloseTo(1, 12);
  expect(found.agreement).toBeLessThan(0.6);
});

test('noise has no reliability', () => {
  const random = makeRandom(5);
  const draw = () => Float64Array.from({ length: 5000 }, () => random.uniform());
  const found = icc([draw(), draw(), draw()]);
  expect(Math.abs(found.consistency)).toBeLessThan(0.05);
  expect(Math.abs(found.agreement)).toBeLessThan(0.05);
});

test('one run tells nothing', () => {
  expect(icc([[1, 2, 3]]).consistency).toBeNaN();
  expect(meanCorrelation([[1, 2, 3]])).toBeNaN();
});

test('the mean over pairs', () => {
  const maps = [
    [1, 2, 3],
    [2, 4, 6],
    [3, 2, 1],
  ];
  expect(meanCorrelation(maps)).toBeCloseTo(-1 / 3, 12);
});
