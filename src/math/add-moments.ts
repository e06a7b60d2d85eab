import type { Row } from '../core/series.js';

/** Sums of values less a constant, and of their squares. */
export interface ShiftedMoments {
  readonly shift: Float64Array; // [units]
  readonly sums: Float64Array; // [units]
  readonly squares: Float64Array; // [units]
}

/** Rows that are added together, which spares reading and writing the sums for each. */
const TOGETHER = 8;

/** Adds rows, less the shift, and their squares to sums in place, one after the other. */
export function addMoments(into: ShiftedMoments, rows: readonly Row[] /* [rows][units] */): void {
  for (let row = 0; row < rows.length; ) {
    const areEnough = row + TOGETHER <= rows.length;
    if (areEnough) addEight(into, rows.slice(row, row + TOGETHER));
    else addOne(into, rows[row]);
    row += areEnough ? TOGETHER : 1;
  }
}

function addEight({ shift, sums, squares }: ShiftedMoments, rows: readonly Row[]): void {
  const [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
  for (let u = 0; u < sums.length; u++) {
    const s = shift[u];
    const [a, b, c, d] = [r0[u] - s, r1[u] - s, r2[u] - s, r3[u] - s];
    const [e, f, g, h] = [r4[u] - s, r5[u] - s, r6[u] - s, r7[u] - s];
    const sum = sums[u] + a + b + c + d;
    sums[u] = sum + e + f + g + h;
    const square = squares[u] + a * a + b * b + c * c + d * d;
    squares[u] = square + e * e + f * f + g * g + h * h;
  }
}

function addOne({ shift, sums, squares }: ShiftedMoments, row: Row): void {
  for (let u = 0; u < sums.length; u++) {
    const a = row[u] - shift[u];
    sums[u] += a;
    squares[u] += a * a;
  }
}
