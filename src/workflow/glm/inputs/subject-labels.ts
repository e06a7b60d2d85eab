import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Entities } from '../../../bids/entities.js';
import { GROUPS, type Group } from '../../../bids/stats-model.js';
import { FileError } from '../../../core/errors.js';
import { numberColumn, parseTsv, type Table, textColumn } from '../../../files/tsv.js';

/** Where a column that is no entity stands: one row a subject, or one row a session of a subject. */
export type Within = 'participants' | 'sessions';

/** @throws FileError `no-participants`, `no-sessions` */
async function readTable(file: string, fault: string, column: string): Promise<Table> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new FileError(fault, {
      given: `${file}, which cannot be read (${cause.code}), for the column ${column}`,
      expected: `a table with the column ${column}`,
      todo: 'Add it, or leave the column out of the model.',
      cause,
    });
  });
  return parseTsv(text, file);
}

function refuse(file: string, row: string, column: string): never {
  throw new FileError('participant', {
    given: `${file}, without a value for ${row} in the column ${column}`,
    expected: 'one for everything that is compared',
    todo: 'Fill it in, or leave the subject out with --participant-label or Input.',
  });
}

/** One cell a map, read by `read` from each table once. */
async function cells<T extends string | number>(
  root: string,
  column: string,
  own: { readonly entities: readonly Entities[]; readonly within: Within },
  read: (table: Table, column: string, file: string) => T[],
): Promise<T[]> {
  const ofSession = own.within === 'sessions';
  const tables = new Map<string, Map<string, T>>();
  const found: T[] = [];
  for (const { sub = '', ses = '' } of own.entities) {
    const name = ofSession ? join(`sub-${sub}`, `sub-${sub}_sessions.tsv`) : 'participants.tsv';
    const file = join(root, name);
    if (!tables.has(file)) {
      const table = await readTable(file, ofSession ? 'no-sessions' : 'no-participants', column);
      const ids = textColumn(table, ofSession ? 'session_id' : 'participant_id', file);
      const values = read(table, column, file);
      tables.set(file, new Map(ids.map((id, row) => [id, values[row]])));
    }
    const row = ofSession ? `ses-${ses}` : `sub-${sub}`;
    const value = tables.get(file)?.get(row);
    if (value === undefined || value === 'n/a' || Number.isNaN(value)) refuse(file, row, column);
    found.push(value);
  }
  return found;
}

/**
 * A label for each map: of an entity (`session`, `task`), or of a column of the dataset's tables.
 * @throws FileError `no-participants`, `no-sessions`, `missing-column`, `participant`
 */
export async function labelsOfMaps(
  root: string,
  column: string,
  own: { readonly entities: readonly Entities[]; readonly within: Within },
): Promise<string[]> {
  if (!Object.hasOwn(GROUPS, column)) return cells(root, column, own, textColumn);
  const entity = GROUPS[column as Group];
  return own.entities.map((entities) => entities[entity] ?? refuse('the data', entity, column));
}

/** A number for each map, of participants.tsv. @throws FileError as labelsOfMaps, `not-a-number` */
export const numbersOfMaps = (root: string, column: string, entities: readonly Entities[]) =>
  cells(root, column, { entities, within: 'participants' }, numberColumn);
