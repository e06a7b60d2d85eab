import { count, table } from './text.js';

/** One test that was brought home. */
interface Row {
  readonly subject: string;
  readonly session: string | null;
  readonly task: string;
  readonly run: string | null;
  readonly contrast: string;
  readonly tool: string;
  readonly statistic: string;
  readonly dof: number | null;
  readonly units: number;
  readonly missing: number;
  readonly warnings: readonly string[];
}

interface Collected {
  readonly rows: readonly Row[];
  readonly leftOut: readonly string[];
  readonly notes: readonly string[];
}

const section = (title: string, lines: readonly string[]) =>
  lines.length > 0 ? `${title}\n${lines.map((line) => `  ${line}`).join('\n')}\n` : '';

const nameOf = ({ subject, session, task, run, contrast }: Row) =>
  [subject, session, task, run === null ? null : `run-${run}`, contrast]
    .filter((part) => part !== null)
    .join(' ');

/** What was collected, what is odd about it, and what was left out, as text. */
export function showCollected({ rows, leftOut, notes }: Collected): string {
  const cells = rows.map((row) => [
    row.session === null ? row.subject : `${row.subject} ${row.session}`,
    row.task,
    row.run ?? 'all',
    row.contrast,
    row.tool,
    row.statistic,
    row.dof === null ? '-' : String(Number(row.dof.toFixed(1))),
    count(row.units - row.missing),
    count(row.units),
  ]);
  const header = ['subject', 'task', 'run', 'contrast', 'by', 'map', 'dof', 'found', 'of units'];
  const warnings = rows.flatMap((row) => row.warnings.map((text) => `${nameOf(row)}: ${text}`));
  return [
    `Collected\n${table([header, ...cells], true)}`,
    section('Warnings', warnings),
    section('Notes', notes),
    section('Left out', leftOut),
  ]
    .filter((text) => text !== '')
    .join('\n');
}
