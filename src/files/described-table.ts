import { type Cell, formatTsv } from './tsv.js';
import { writeJson, writeText } from './whole.js';

/** A column: what it holds of a row, and what that means. */
export interface Column<Row> {
  readonly name: string;
  readonly description: string;
  readonly of: (row: Row) => Cell;
}

/** A kind of table, as data. */
export interface TableKind<Row> {
  readonly description: string;
  readonly columns: readonly Column<Row>[];
}

/** Writes `<path>.tsv` and the sidecar `<path>.json`, which describes the columns as BIDS asks. */
export async function writeTable<Row>(
  path: string,
  kind: TableKind<Row>,
  rows: readonly Row[],
  about: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { description, columns } = kind;
  const names = columns.map(({ name }) => name);
  const cells = rows.map((row) => columns.map(({ of }) => of(row)));
  await writeText(`${path}.tsv`, formatTsv(names, cells));
  const described = columns.map(({ name, description: Description }) => [name, { Description }]);
  await writeJson(`${path}.json`, {
    Description: description,
    ...Object.fromEntries(described),
    ...about,
  });
}
