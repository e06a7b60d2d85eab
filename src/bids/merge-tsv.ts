import { parseTsv } from '../files/tsv.js';

/**
 * A table with the rows of another put into it: the first column names a row, and a row that is
 * there already gets the other's cells. Columns and rows that the other has not stay as they are,
 * those that it alone has come last; cells that nobody gave are n/a.
 * @throws FileError `file/ragged-table`
 */
export function mergeTsv(text: string, update: string, file: string): string {
  const [old, own] = [parseTsv(text, file), parseTsv(update, file)];
  const columns = [...new Set([...old.columns, ...own.columns])];
  const rows = new Map<string, Map<string, string>>();
  for (const { columns: names, rows: given } of [old, own]) {
    for (const cells of given) {
      const row = rows.get(cells[0]) ?? new Map<string, string>();
      for (const [c, cell] of cells.entries()) row.set(names[c], cell);
      rows.set(cells[0], row);
    }
  }
  const lines = [...rows.values()].map((row) => columns.map((name) => row.get(name) ?? 'n/a'));
  return `${[columns, ...lines].map((cells) => cells.join('\t')).join('\n')}\n`;
}
