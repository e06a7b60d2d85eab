import { expect, test } from 'vitest';
import { ridgeScores } from '../../src/networks/ridge.js';

test("the scores of scikit-learn's KernelRidge(alpha=1, kernel='precomputed')", () => {
  const maps = [
    [1, 2, 3, 4],
    [4, 1, 2, 2],
    [0, 1, 0, 5],
  ].map((map) => Float64Array.from(map));
  const training = ['x', 'y', 'x'].map((label, i) => ({ label, map: maps[i] }));
  const [scores] = ridgeScores(training, ['x', 'y'], [Float64Array.from([2, 2, 1, 3])]);
  expect(scores[0]).toBeCloseTo(0.3805886, 7);
  expect(scores[1]).toBeCloseTo(-0.3805886, 7);
});
