import { formatTsv } from '../files/tsv.js';
import { MODEL_FACTS, type RunFacts, unitsOf } from './run-facts.js';

/** One row a subject. Facts of the model that differ between a subject's sessions are n/a here. */
export function formatParticipants(runs: readonly RunFacts[]): string {
  const rows = [...groupBy(runs, ({ id }) => id.subject)].map(([subject, own]) => [
    `sub-${subject}`,
    null,
    ...modelFacts(own),
    unitsOf(own[0]),
  ]);
  return formatTsv(
    ['participant_id', 'species', 'model_id', 'revision', 'sha256', 'dtype', 'units'],
    rows,
  );
}

/** One row a session of one subject. */
export function formatSessions(runs: readonly RunFacts[]): string {
  const rows = [...groupBy(runs, ({ id }) => id.session ?? '')].map(([session, own]) => [
    `ses-${session}`,
    ...modelFacts(own),
    [...new Set(own.map(({ seed }) => seed))].join(', '),
  ]);
  return formatTsv(['session_id', 'model_id', 'revision', 'sha256', 'dtype', 'seed'], rows);
}

/** Values in groups of one key, both in order of appearance. */
export function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const own = groups.get(key);
    if (own) own.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

function modelFacts(runs: readonly RunFacts[]): (string | null)[] {
  return MODEL_FACTS.map((fact) => {
    const values = new Set(runs.map(({ model }) => model[fact]));
    return values.size === 1 ? [...values][0] : null;
  });
}
