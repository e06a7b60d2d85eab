import type { Row } from '../core/series.js';

/** Adds some rows to sums, and divides what comes of it. */
type Add = (sums: Float64Array, rows: readonly Row[], divisor: number) => void;

/** Rows are taken by as many as are left: eight cost a quarter of one by one, since the sums move once. */
const BY: readonly (readonly [together: number, add: Add])[] = [
  [8, addEight],
  [4, addFour],
  [1, addOne],
];

/**
 * Adds rows to sums in place, one after the other, and then divides the sums: while the last rows are
 * added, which spares reading and writing the sums once more.
 */
export function addRows(
  sums: Float64Array, // [units]
  rows: readonly Row[], // [rows][units]
  divisor = 1,
): void {
  for (let row = 0; row < rows.length; ) {
    const [together, add] = BY.find(([size]) => row + size <= rows.length)!;
    const next = row + together;
    add(sums, rows.slice(row, next), next === rows.length ? divisor : 1);
    row = next;
  }
}

function addEight(sums: Float64Array, rows: readonly Row[], divisor: number): void {
  const [a, b, c, d, e, f, g, h] = rows;
  for (let u = 0; u < sums.length; u++) {
    const half = sums[u] + a[u] + b[u] + c[u] + d[u];
    sums[u] = (half + e[u] + f[u] + g[u] + h[u]) / divisor;
  }
}

function addFour(sums: Float64Array, [a, b, c, d]: readonly Row[], divisor: number): void {
  for (let u = 0; u < sums.length; u++) sums[u] = (sums[u] + a[u] + b[u] + c[u] + d[u]) / divisor;
}

function addOne(sums: Float64Array, [row]: readonly Row[], divisor: number): void {
  for (let u = 0; u < sums.length; u++) sums[u] = (sums[u] + row[u]) / divisor;
}
