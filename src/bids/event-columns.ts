import { readFile } from 'node:fs/promises';
import { numberColumn, parseTsv, textColumn } from '../files/tsv.js';
import { readEvents } from './events.js';
import type { Variable } from './transformations.js';

/** What readEvents reads, and makes variables of by itself. */
const OWN = ['onset', 'duration', 'trial_type', 'prompt', 'modulation'];

const isNumber = (cell: string) => cell.trim() !== '' && Number.isFinite(Number(cell));

/**
 * Any further column of an events table as a variable: numbers are amplitudes, all else names. Events
 * with n/a are left out, as pybids does.
 * @returns null where the table has no such column.
 */
export async function readEventColumn(path: string, name: string): Promise<Variable | null> {
  if (OWN.includes(name)) return null;
  const table = parseTsv(await readFile(path, 'utf8'), path);
  if (!table.columns.includes(name)) return null;
  const onsets = numberColumn(table, 'onset', path);
  const cells = textColumn(table, name, path);
  // readEvents sorts by onset; so are the cells.
  const sorted = cells.map((_, row) => row).sort((a, b) => onsets[a] - onsets[b]);
  const events = (await readEvents(path)).map((event, i) => ({ event, cell: cells[sorted[i]] }));
  const known = events.filter(({ cell }) => cell !== 'n/a');
  if (known.every(({ cell }) => isNumber(cell)))
    return {
      kind: 'events',
      events: known.map(({ event, cell }) => ({ ...event, modulation: Number(cell) })),
    };
  return {
    kind: 'labels',
    events: known.map(({ event }) => event),
    labels: known.map(({ cell }) => cell),
  };
}
