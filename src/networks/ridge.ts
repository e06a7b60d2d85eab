import { Matrix, solve } from 'ml-matrix';
import { correlation } from '../math/correlation.js';

/** A map with the label of what it is of. */
export interface LabelledMap {
  readonly label: string;
  readonly map: Float64Array; // [units]
}

/**
 * A linear classifier of maps with many more units than maps: one-against-rest ridge regression on the
 * correlations between maps. Solved in its dual form, with a penalty of the mean of the kernel's
 * diagonal (1): (K + I) alpha = Y, Y = 1 for the own label and -1 for others.
 * Source: kernel ridge regression (Saunders, Gammerman and Vovk 1998).
 * @returns each label's score for each test map // [test][labels]
 */
export function ridgeScores(
  training: readonly LabelledMap[],
  labels: readonly string[],
  test: readonly Float64Array[],
): number[][] {
  const kernel = (a: Float64Array, b: Float64Array) => correlation(a, b) || 0;
  const n = training.length;
  const gram = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) gram.set(i, j, kernel(training[i].map, training[j].map));
  }
  const targets = new Matrix(
    training.map(({ label }) => labels.map((own) => (own === label ? 1 : -1))),
  ); // [training, labels]
  const alpha = solve(gram.add(Matrix.eye(n)), targets); // [training, labels]
  return test.map((map) => {
    const similar = new Matrix([training.map((own) => kernel(own.map, map))]); // [1, training]
    return similar.mmul(alpha).to1DArray();
  });
}
