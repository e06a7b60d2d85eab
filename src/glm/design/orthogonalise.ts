const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, v, i) => sum + v * b[i], 0);

/**
 * A column less its projections on others that are orthogonal to each other; twice, for rounding.
 * Others of zeros are passed over.
 */
export function orthogonalised(
  column: Float64Array, // [rows]
  others: readonly Float64Array[], // [columns][rows]
): Float64Array {
  let rest = column;
  for (let pass = 0; pass < 2; pass++) {
    for (const other of others) {
      const size = dot(other, other);
      if (size === 0) continue;
      const weight = dot(rest, other) / size;
      rest = rest.map((v, i) => v - weight * other[i]);
    }
  }
  return rest; // [rows]
}

/** Each column orthogonal to those before it, the first unchanged (Gram and Schmidt). */
export function orthogonalColumns(columns: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const column of columns) done.push(orthogonalised(column, done));
  return done; // [columns][rows]
}
