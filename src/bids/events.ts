import { readFile } from 'node:fs/promises';
import { EventsError, FileError } from '../core/errors.js';
import type { Event } from '../core/event.js';
import { formatTsv, numberColumn, parseTsv, type Table, textColumn } from '../files/tsv.js';

/** The trial type of events whose file names none. */
export const UNNAMED_TRIAL = 'trial';

/**
 * An events table, one row an event, in order of onset (seconds). `block` counts consecutive events
 * of one trial type from 1; `stimFile` is a path below /stimuli. `modulation` is written if given.
 */
export function formatEvents(events: readonly Event[], stimFile: string): string {
  const sorted = events.toSorted((a, b) => a.onset - b.onset);
  const modulated = sorted.some((event) => event.modulation !== undefined);
  let block = 0;
  const rows = sorted.map((event, row) => {
    if (event.trialType !== sorted[row - 1]?.trialType) block += 1;
    const { onset, duration, trialType, prompt } = event;
    const cells = [onset, duration, trialType, prompt ?? null, block, stimFile];
    return modulated ? [...cells, event.modulation ?? 1] : cells;
  });
  const columns = ['onset', 'duration', 'trial_type', 'prompt', 'block', 'stim_file'];
  return formatTsv(modulated ? [...columns, 'modulation'] : columns, rows);
}

/** An events table and what was made of its oddities. */
export interface EventsTable {
  /** In order of onset. */
  readonly events: readonly Event[];
  /** One sentence each: rows out of order, events without a trial type. */
  readonly notes: readonly string[];
}

/** The events alone, as readEventsTable reads them. */
export const readEvents = async (path: string): Promise<Event[]> => [
  ...(await readEventsTable(path)).events,
];

/**
 * Reads any BIDS events.tsv, sorted by onset. Columns onset and duration are required; trial_type,
 * prompt and modulation are read where they are. Events without a trial type are of the type 'trial'.
 * @throws FileError `file/missing-column` and others of the table;
 * EventsError `events/no-time` where an onset or a duration is missing or a duration is negative.
 */
export async function readEventsTable(path: string): Promise<EventsTable> {
  const table = parseTsv(await readTable(path), path);
  const onsets = numberColumn(table, 'onset', path);
  const durations = numberColumn(table, 'duration', path);
  const texts = (name: string) => optional(table, name, (n) => textColumn(table, n, path));
  const trialTypes = texts('trial_type');
  const prompts = texts('prompt');
  const modulations = optional(table, 'modulation', (n) => numberColumn(table, n, path));
  const events = onsets.map((onset, row): Event => {
    const duration = durations[row];
    if (!Number.isFinite(onset) || !(duration >= 0)) throw noTime(path, row, onset, duration);
    const prompt = given(prompts?.[row]);
    const modulation = modulations?.[row];
    return {
      onset,
      duration,
      trialType: given(trialTypes?.[row]) ?? UNNAMED_TRIAL,
      ...(prompt !== undefined && { prompt }),
      ...(modulation !== undefined && !Number.isNaN(modulation) && { modulation }),
    };
  });
  return {
    events: events.toSorted((a, b) => a.onset - b.onset),
    notes: [...unsorted(onsets, path), ...unnamed(trialTypes, path)],
  };
}

function unsorted(onsets: readonly number[], path: string): string[] {
  const row = onsets.findIndex((onset, i) => i > 0 && onset < onsets[i - 1]);
  if (row < 0) return [];
  return [`${path} is not in order of onset, first in line ${row + 2}: its rows were sorted.`];
}

function unnamed(trialTypes: readonly string[] | undefined, path: string): string[] {
  const became = `the condition '${UNNAMED_TRIAL}'`;
  if (!trialTypes) return [`${path} has no column trial_type: all its events are ${became}.`];
  const missing = trialTypes.filter((cell) => given(cell) === undefined).length;
  return missing === 0
    ? []
    : [
        `${path}: ${missing} of ${trialTypes.length} events have no trial_type: they are ${became}.`,
      ];
}

const given = (cell: string | undefined) => (cell === 'n/a' ? undefined : cell);

function optional<T>(table: Table, name: string, read: (name: string) => T): T | undefined {
  return table.columns.includes(name) ? read(name) : undefined;
}

async function readTable(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new FileError('not-found', {
      given: `${path}, which cannot be read (${cause.code})`,
      expected: 'an events.tsv file',
      todo: 'Check the path.',
      cause,
    });
  });
}

function noTime(path: string, row: number, onset: number, duration: number): EventsError {
  return new EventsError('no-time', {
    given: `onset ${onset} and duration ${duration} in ${path}, line ${row + 2}`,
    expected: 'an onset in seconds and a duration of 0 s or more',
    todo: 'Mend the row or take it out.',
  });
}
