import { unitCount } from '../core/module.js';
import type { Recording } from '../core/recording.js';
import { formatTsv } from '../files/tsv.js';

/** One row a subject. Facts of the model that differ between a subject's sessions are n/a here. */
export function formatParticipants(recordings: readonly Recording[]): string {
  const rows = [...groupBy(recordings, ({ id }) => id.subject)].map(([subject, own]) => [
    `sub-${subject}`,
    null,
    ...modelFacts(own),
    unitCount(own[0].modules),
  ]);
  return formatTsv(
    ['participant_id', 'species', 'model_id', 'revision', 'sha256', 'dtype', 'units'],
    rows,
  );
}

/** One row a session of one subject. */
export function formatSessions(recordings: readonly Recording[]): string {
  const rows = [...groupBy(recordings, ({ id }) => id.session ?? '')].map(([session, own]) => [
    `ses-${session}`,
    ...modelFacts(own),
    [...new Set(own.map(({ provenance }) => provenance.seed))].join(', '),
  ]);
  return formatTsv(['session_id', 'model_id', 'revision', 'sha256', 'dtype', 'seed'], rows);
}

/** Values in groups of one key, both in order of appearance. */
export function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return groups;
}

function modelFacts(recordings: readonly Recording[]): (string | null)[] {
  return (['id', 'revision', 'sha256', 'dtype'] as const).map((fact) => {
    const values = new Set(recordings.map(({ provenance }) => provenance.model[fact]));
    return values.size === 1 ? [...values][0] : null;
  });
}
