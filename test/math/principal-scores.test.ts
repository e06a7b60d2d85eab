import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { expect, test } from 'vitest';
import { principalScores } from '../../src/math/principal-scores.js';
import { makeRandom } from '../../src/math/random.js';
import { gauss } from '../workflow/simulate.js';

const random = makeRandom(7);
const [rows, columns, rank] = [60, 90, 5];
/** Five strong directions and noise. */
const strong = [9, 7, 5, 4, 3].map((size) => ({
  size,
  left: Array.from({ length: rows }, () => gauss(random)),
  right: Array.from({ length: columns }, () => gauss(random)),
}));
const values = Float64Array.from({ length: rows * columns }, (_, i) => {
  const [row, column] = [Math.floor(i / columns), i % columns];
  const signal = strong.reduce((sum, s) => sum + s.size * s.left[row] * s.right[column], 0);
  return signal + gauss(random);
});

test('the dot products of the scores are those of the best approximation of that rank', () => {
  const { dims, scores } = principalScores(values, { rows, columns, rank });
  expect(dims).toBe(rank);
  const { U, diagonal } = svd();
  const found = Matrix.from1DArray(rows, dims, scores);
  const left = U.subMatrix(0, rows - 1, 0, rank - 1).mulRowVector(diagonal.slice(0, rank));
  const error = Matrix.sub(found.mmul(found.transpose()), left.mmul(left.transpose())).norm();
  expect(error / left.mmul(left.transpose()).norm()).toBeLessThan(1e-4);
  const lengths = Array.from({ length: dims }, (_, d) => found.getColumnVector(d).norm());
  for (const [d, length] of lengths.entries()) {
    expect(Math.abs(length / diagonal[d] - 1)).toBeLessThan(1e-3);
  }
});

test('no more columns than asked for: the rows as they are', () => {
  const few = values.slice(0, 12);
  expect(principalScores(few, { rows: 4, columns: 3, rank: 5 })).toEqual({ dims: 3, scores: few });
});

test('rows without a difference, and rows of nothing, give finite scores', () => {
  for (const value of [0, 1]) {
    const same = new Float64Array(20 * 40).fill(value);
    const { dims, scores } = principalScores(same, { rows: 20, columns: 40, rank: 5 });
    expect(scores.length).toBe(20 * dims);
    expect(scores.every(Number.isFinite)).toBe(true);
  }
});

function svd() {
  const { leftSingularVectors, diagonal } = new SingularValueDecomposition(
    Matrix.from1DArray(rows, columns, values),
    { autoTranspose: true },
  );
  return { U: leftSingularVectors, diagonal };
}
