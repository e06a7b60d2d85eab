const thousands = new Intl.NumberFormat('en-GB');

/** A whole number with its thousands set off: 9,728. */
export function count(value: number): string {
  return thousands.format(value);
}

/**
 * Rows of cells as aligned columns, indented by two. Columns in which every cell is a number are
 * set flush right.
 */
export function table(rows: readonly (readonly string[])[], header = false): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const body = header ? rows.slice(1) : rows;
  const lines = rows.map(() => '');
  for (let c = 0; c < columns; c++) {
    const width = Math.max(...rows.map((row) => (row[c] ?? '').length));
    const numeric = body.every((row) => /^[\d.,%-]*$/.test(row[c] ?? ''));
    for (const [r, row] of rows.entries()) {
      const cell = row[c] ?? '';
      lines[r] += `  ${numeric ? cell.padStart(width) : cell.padEnd(width)}`;
    }
  }
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}
