type Row = Float32Array | Float64Array;

/** Rows taken at once: four cost half of one by one, since the sums are read and written once. */
const TOGETHER = 4;

/** Adds rows to sums in place, one after the other. */
export function addRows(
  sums: Float64Array, // [units]
  rows: readonly Row[], // [rows][units]
): void {
  const inFours = rows.length - (rows.length % TOGETHER);
  for (let row = 0; row < inFours; row += TOGETHER)
    addFour(sums, rows[row], rows[row + 1], rows[row + 2], rows[row + 3]);
  for (const row of rows.slice(inFours)) addOne(sums, row);
}

function addFour(sums: Float64Array, a: Row, b: Row, c: Row, d: Row): void {
  for (let u = 0; u < sums.length; u++) sums[u] = sums[u] + a[u] + b[u] + c[u] + d[u];
}

function addOne(sums: Float64Array, row: Row): void {
  for (let u = 0; u < sums.length; u++) sums[u] += row[u];
}
