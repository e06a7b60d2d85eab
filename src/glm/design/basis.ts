import { Matrix, QrDecomposition, SingularValueDecomposition } from 'ml-matrix';
import type { DesignMatrix } from '../../core/design.js';
import { DesignError } from '../../core/errors.js';

/**
 * Columns of unit length that leave less than this of each other are told apart by rounding only.
 * numpy's matrix_rank would pass down to about 1e-13, where no digit of an effect is left.
 */
const SMALLEST_SINGULAR_VALUE = 1e-10;

/** What a series' volumes weigh in sums over it, column by column. */
export interface Weights {
  readonly rows: number;
  readonly columns: number;
  readonly q: Float64Array; // [rows, columns]
}

/** A design X = Q R with orthonormal columns Q: sums over Q keep the digits that X'X would square away. */
export interface Basis extends Weights {
  /** X inverseR = Q. */
  readonly inverseR: Float64Array; // [columns, columns]
}

/** Scales every column to length 1; columns of zeros stay. */
function unitColumns(x: Matrix): Matrix {
  const scaled = x.clone();
  for (let j = 0; j < x.columns; j++) {
    const column = x.getColumn(j);
    const length = Math.hypot(...column.map((v) => v));
    if (length > 0) scaled.mulColumn(j, 1 / length);
  }
  return scaled;
}

/**
 * Names of all columns that take part in a linear dependence, or none where there is none: those that
 * weigh in any right singular vector of a singular value of 0.
 */
function dependentColumns(names: readonly string[], unitR: Matrix): string[] {
  const svd = new SingularValueDecomposition(unitR, { autoTranspose: true });
  const empty = svd.diagonal.flatMap((value, k) => (value > SMALLEST_SINGULAR_VALUE ? [] : [k]));
  const weigh = (j: number) =>
    empty.some((k) => Math.abs(svd.rightSingularVectors.get(j, k)) > 1e-6);
  return names.filter((_, j) => weigh(j));
}

/** Rows of a square matrix, put where `order` says. */
function placed(rows: Matrix, order: readonly number[]): Matrix {
  const result = Matrix.zeros(rows.rows, rows.columns);
  for (const [i, to] of order.entries()) result.setRow(to, rows.getRow(i));
  return result;
}

/**
 * The orthonormal basis of a design (Householder QR).
 * @param options.last columns of the design that others are not made orthogonal to: the basis has theirs last
 * @throws DesignError `rank-deficient`, naming the columns, or `too-few-rows`.
 */
export function orthonormalBasis(
  design: DesignMatrix,
  { last = [] }: { readonly last?: readonly number[] } = {},
): Basis {
  const { names, rows, values } = design;
  const columns = names.length;
  if (rows < columns) {
    throw new DesignError('too-few-rows', {
      given: `a design of ${columns} columns over ${rows} rows`,
      expected: 'at least as many rows as columns',
      todo: 'Take fewer confounds or drifts, or more volumes or prompts.',
    });
  }
  const order = [...[...names.keys()].filter((j) => !last.includes(j)), ...last];
  const x = Matrix.from1DArray(rows, columns, values);
  const qr = new QrDecomposition(last.length > 0 ? x.subMatrixColumn(order) : x);
  const r = qr.upperTriangularMatrix;
  const dependent = dependentColumns(
    order.map((j) => names[j]),
    unitColumns(r),
  );
  if (dependent.length > 0) {
    throw new DesignError('rank-deficient', {
      given: `design columns that depend on each other: ${dependent.join(', ')}`,
      expected: 'columns none of which is a weighted sum of others',
      todo: 'Leave enough of them out; one that is zero throughout has no volume in its events.',
    });
  }
  const inverse = new QrDecomposition(r).solve(Matrix.eye(columns));
  return {
    rows,
    columns,
    q: Float64Array.from(qr.orthogonalMatrix.to1DArray()),
    inverseR: Float64Array.from(placed(inverse, order).to1DArray()),
  };
}
