const TOLERANCE = 1e-8;

/**
 * Which columns are no weighted sum of a constant and the columns before them, by modified
 * Gram-Schmidt.
 * @param columns // [columns][rows]
 * @returns their indices, in order
 */
export function independentColumns(columns: readonly ArrayLike<number>[]): number[] {
  const rows = columns[0]?.length ?? 0;
  const basis = [new Float64Array(rows).fill(1 / Math.sqrt(rows))];
  return columns.flatMap((column, c) => {
    const rest = Float64Array.from(column);
    const before = norm(rest);
    for (const direction of basis) {
      const share = rest.reduce((sum, value, r) => sum + value * direction[r], 0);
      for (let r = 0; r < rows; r++) rest[r] -= share * direction[r];
    }
    const after = norm(rest);
    if (!(after > TOLERANCE * before)) return [];
    basis.push(rest.map((value) => value / after));
    return [c];
  });
}

const norm = (values: Float64Array) =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
