import { FileError } from '../core/errors.js';

/** A value of a table; null is written `n/a`, as BIDS asks. */
export type Cell = string | number | null;

/** A tab-separated table as it stood in the file. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const MISSING = 'n/a';

function formatCell(cell: Cell): string {
  if (cell === null || (typeof cell === 'number' && Number.isNaN(cell))) return MISSING;
  if (typeof cell === 'number') return String(cell);
  // A tab or newline inside a value would break the table: show it as its escape.
  const shown = cell.replace(/[\\\t\n\r]/g, (c) => JSON.stringify(c).slice(1, -1));
  return shown === '' ? MISSING : shown;
}

/** The text that formatTsv wrote as a cell. */
export function unescapeCell(cell: string): string {
  return cell.replace(/\\([\\tnr])/g, (escaped) => JSON.parse(`"${escaped}"`));
}

/** Rows of cells as tab-separated text with one header line. */
export function formatTsv(columns: readonly string[], rows: Iterable<readonly Cell[]>): string {
  const lines = [columns.join('\t')];
  for (const row of rows) lines.push(row.map(formatCell).join('\t'));
  return `${lines.join('\n')}\n`;
}

/**
 * Reads tab-separated text with one header line.
 * @throws FileError `file/ragged-table` naming the line whose cells do not match the header.
 */
export function parseTsv(text: string, file: string): Table {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  while (lines.at(-1) === '') lines.pop();
  const columns = (lines.shift() ?? '').split('\t');
  const rows = lines.map((line, index) => {
    const cells = line.split('\t');
    if (cells.length !== columns.length) {
      throw new FileError('ragged-table', {
        given: `${file}, line ${index + 2}, has ${cells.length} cells`,
        expected: `${columns.length}, as its header has (${columns.join(', ')})`,
        todo: 'Separate cells by one tab, and write n/a where a value is missing.',
      });
    }
    return cells;
  });
  return { columns, rows };
}

/**
 * One column as text.
 * @throws FileError `file/missing-column` naming the columns there are.
 */
export function textColumn(table: Table, name: string, file: string): string[] {
  const index = table.columns.indexOf(name);
  if (index < 0) {
    throw new FileError('missing-column', {
      given: `${file} with the columns ${table.columns.join(', ')}`,
      expected: `a column named ${name}`,
      todo: `Add the column ${name}.`,
    });
  }
  return table.rows.map((row) => row[index]);
}

/**
 * One column as numbers; `n/a` becomes NaN.
 * @throws FileError `file/not-a-number` naming the line and the value.
 */
export function numberColumn(table: Table, name: string, file: string): number[] {
  return textColumn(table, name, file).map((cell, row) => {
    if (cell === MISSING) return Number.NaN;
    const value = Number(cell);
    if (cell.trim() === '' || Number.isNaN(value)) {
      throw new FileError('not-a-number', {
        given: `'${cell}' in column ${name} of ${file}, line ${row + 2}`,
        expected: 'a number or n/a',
        todo: 'Mend the cell.',
      });
    }
    return value;
  });
}
