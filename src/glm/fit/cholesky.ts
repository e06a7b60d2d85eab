/**
 * Cholesky's lower triangle L of a symmetric positive definite matrix A = L L', in A's place; what lies
 * above the diagonal is left as it was. Source: Golub and Van Loan, Matrix Computations, 4.2.
 */
export function factorise(a: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let j = 0; j < i; j++) {
      const above = j * size;
      let sum = a[row + j];
      for (let k = 0; k < j; k++) sum -= a[row + k] * a[above + k];
      a[row + j] = sum / a[above + j];
    }
    let diagonal = a[row + i];
    for (let k = 0; k < i; k++) diagonal -= a[row + k] * a[row + k];
    a[row + i] = Math.sqrt(diagonal);
  }
}

/** L^-1 b, in b's place. */
export function solveLower(l: Float64Array, size: number, b: Float64Array): void {
  for (let i = 0; i < size; i++) {
    let sum = b[i];
    for (let k = 0; k < i; k++) sum -= l[i * size + k] * b[k];
    b[i] = sum / l[i * size + i];
  }
}

/** L'^-1 b, in b's place. */
export function solveUpper(l: Float64Array, size: number, b: Float64Array): void {
  for (let i = size - 1; i >= 0; i--) {
    let sum = b[i];
    for (let k = i + 1; k < size; k++) sum -= l[k * size + i] * b[k];
    b[i] = sum / l[i * size + i];
  }
}

/** The inverse of L L'. */
export function inverseOf(l: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size); // [size, size]
  for (let j = 0; j < size; j++) {
    const column = inverse.subarray(j * size, (j + 1) * size);
    column[j] = 1;
    solveLower(l, size, column);
    solveUpper(l, size, column);
  }
  return inverse;
}
