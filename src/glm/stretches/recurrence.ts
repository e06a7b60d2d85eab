import { Matrix, pseudoInverse } from 'ml-matrix';
import { type BasisInStretches, laggedRows } from './basis-in-stretches.js';

/** The C that best fits q_(t+1) + q_(t-1) = C' q_t, in least squares over volumes between stretches' ends. */
function recurrenceOf({ basis, firsts, within }: BasisInStretches): Matrix {
  const { q, rows, columns } = basis;
  const recurrence = Matrix.eye(columns).mul(2); // of columns that do not change there
  if (within === 0) return recurrence;
  const isFirst = new Set([...firsts, rows]);
  const lagged = laggedRows(basis, 1);
  const [own, along] = [Matrix.zeros(columns, columns), Matrix.zeros(columns, within)];
  for (let t = 0; t < rows; t++) {
    if (isFirst.has(t) || isFirst.has(t + 1)) continue;
    const row = Matrix.columnVector(q.subarray(t * columns, (t + 1) * columns));
    const both = Array.from({ length: within }, (_, k) => lagged(t, columns - within + k));
    own.add(row.mmul(row.transpose()));
    along.add(row.mmul(Matrix.rowVector(both)));
  }
  return recurrence.setSubMatrix(pseudoInverse(own).mmul(along), 0, columns - within);
}

/**
 * The C of q_(t+l) + q_(t-l) = C' q_t for lags l from 1: polynomials and cosines obey such recurrences, and
 * so does what stays the same. With C_0 = 2, C_l = C_1 C_(l-1) - C_(l-2), as Chebyshev's polynomials.
 */
export function recurrences(cut: BasisInStretches, lags: number): Matrix[] {
  if (lags === 0) return [];
  const first = recurrenceOf(cut);
  const all = [Matrix.eye(cut.basis.columns).mul(2), first]; // from lag 0
  for (let lag = 2; lag <= lags; lag++) all.push(first.mmul(all[lag - 1]).sub(all[lag - 2]));
  return all.slice(1); // [lags][columns, columns]
}
