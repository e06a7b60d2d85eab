import type { Column } from '../files/described-table.js';

interface OfSession {
  readonly subject: string | null;
  readonly session: string | null;
}

/** The columns that tables of sessions begin with. */
export const SESSION_COLUMNS: readonly Column<OfSession>[] = [
  { name: 'subject', description: 'Participant label', of: (row) => row.subject },
  { name: 'session', description: 'Session label', of: (row) => row.session },
];

/** The columns that tables of a session's networks begin with: a network goes by its contrast. */
export const NETWORK_COLUMNS: readonly Column<OfSession & { readonly task: string }>[] = [
  ...SESSION_COLUMNS,
  { name: 'task', description: 'The contrast', of: (row) => row.task },
];

interface OfContrast extends OfSession {
  readonly task: string | null;
  /** Null where it is of all runs together. */
  readonly run: string | null;
  readonly contrast: string;
}

/** The columns that tables of contrasts begin with. */
export const CONTRAST_COLUMNS: readonly Column<OfContrast>[] = [
  ...SESSION_COLUMNS,
  { name: 'task', description: 'Task label', of: (row) => row.task },
  { name: 'run', description: 'Run; n/a for all runs together', of: (row) => row.run },
  { name: 'contrast', description: 'The contrast', of: (row) => row.contrast },
];
