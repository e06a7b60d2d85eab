import type { Row } from '../core/series.js';

/** Sums of values less a constant, and of their squares. */
export interface ShiftedMoments {
  readonly shift: Float64Array; // [units]
  readonly sums: Float64Array; // [units]
  readonly squares: Float64Array; // [units]
}

/** Rows that are added together, which spares reading and writing the sums for each. */
const TOGETHER = 4;

/** Adds rows, less the shift, and their squares to sums in place, one after the other. */
export function addMoments(into: ShiftedMoments, rows: readonly Row[] /* [rows][units] */): void {
  for (let row = 0; row < rows.length; ) {
    const areEnough = row + TOGETHER <= rows.length;
    if (areEnough) addFour(into, rows.slice(row, row + TOGETHER));
    else addOne(into, rows[row]);
    row += areEnough ? TOGETHER : 1;
  }
}

function addFour({ shift, sums, squares }: ShiftedMoments, [r0, r1, r2, r3]: readonly Row[]): void {
  for (let u = 0; u < sums.length; u++) {
    const s = shift[u];
    const [a, b, c, d] = [r0[u] - s, r1[u] - s, r2[u] - s, r3[u] - s];
    sums[u] = sums[u] + a + b + c + d;
    squares[u] = squares[u] + a * a + b * b + c * c + d * d;
  }
}

function addOne({ shift, sums, squares }: ShiftedMoments, row: Row): void {
  for (let u = 0; u < sums.length; u++) {
    const a = row[u] - shift[u];
    sums[u] += a;
    squares[u] += a * a;
  }
}
