/** Rows of one array, `stride` apart. */
export interface Rows {
  readonly values: Float32Array | Float64Array;
  /** Index where the first begins. */
  readonly from: number;
  readonly stride: number;
  readonly count: number;
}

/** Rows taken at once: four cost half of one by one, since the sums are read and written once. */
const TOGETHER = 4;

/** Adds rows to sums in place, from index `at` on, one after the other. */
export function addRows(
  sums: Float64Array,
  at: number,
  length: number,
  { values, from, stride, count }: Rows,
): void {
  let row = 0;
  for (; row + TOGETHER <= count; row += TOGETHER) {
    const a = from + row * stride;
    const [b, c, d] = [a + stride, a + 2 * stride, a + 3 * stride];
    for (let i = 0; i < length; i++)
      sums[at + i] = sums[at + i] + values[a + i] + values[b + i] + values[c + i] + values[d + i];
  }
  for (; row < count; row++) {
    const a = from + row * stride;
    for (let i = 0; i < length; i++) sums[at + i] += values[a + i];
  }
}
