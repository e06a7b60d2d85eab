import { EigenvalueDecomposition, Matrix, QrDecomposition } from 'ml-matrix';
import { makeRandom } from './random.js';

/** Directions beyond those asked for that the search carries along. */
const SPARE = 8;
/** Times the matrix is applied again, which turns the search towards the leading directions. */
const POWERS = 1;

/**
 * The rows of a matrix in the coordinates of its leading principal directions: no other `rank`
 * numbers a row keep more of the rows' dot products. Columns are not centred. Where the matrix has no
 * more columns than asked for, its rows as they are.
 * Source: randomised subspace iteration, Halko, Martinsson and Tropp 2011, SIAM Review 53:217
 * (algorithms 4.4 and 5.1).
 * @param values [rows, columns], row-major
 * @returns [rows, min(rank, rows, columns)]
 */
export function principalScores(
  values: Float64Array,
  {
    rows,
    columns,
    rank,
  }: { readonly rows: number; readonly columns: number; readonly rank: number },
): { readonly dims: number; readonly scores: Float64Array } {
  const dims = Math.min(rank, rows, columns);
  if (columns <= dims) return { dims: columns, scores: values };
  const matrix = Matrix.from1DArray(rows, columns, values);
  const transposed = matrix.transpose();
  const random = makeRandom(columns);
  const width = Math.min(rank + SPARE, rows, columns);
  const start = Array.from({ length: columns * width }, () => (random.integer(2) ? 1 : -1));
  let basis = orthonormal(matrix.mmul(Matrix.from1DArray(columns, width, start))); // [rows, width]
  for (let power = 0; power < POWERS; power++) {
    basis = orthonormal(matrix.mmul(orthonormal(transposed.mmul(basis))));
  }
  const small = transposed.mmul(basis); // [columns, width]
  const gram = small.transpose().mmul(small); // [width, width]
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(gram, {
    assumeSymmetric: true,
  });
  const turned = basis.mmul(eigenvectorMatrix); // eigenvalues ascend
  const scores = new Float64Array(rows * dims);
  for (let d = 0; d < dims; d++) {
    const column = turned.columns - 1 - d;
    const length = Math.sqrt(Math.max(0, realEigenvalues[column]));
    for (let row = 0; row < rows; row++) scores[row * dims + d] = turned.get(row, column) * length;
  }
  return { dims, scores };
}

const orthonormal = (matrix: Matrix) => new QrDecomposition(matrix).orthogonalMatrix;
