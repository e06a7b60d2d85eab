import { count, table } from './text.js';

const percent = (share: number) => `${(100 * share).toFixed(1)}%`;

const digits = (value: number | null) =>
  value === null || Number.isNaN(value) ? '-' : value.toFixed(2);

/** How many units each task's network has, as text. */
export function showSizes(
  networks: readonly {
    readonly subject: string;
    readonly session: string | null;
    readonly task: string;
    readonly units: number;
    readonly active: number;
    readonly positive: number;
  }[],
  how: string,
): string {
  const rows = networks.map(({ subject, session, task, units, active, positive }) => [
    session === null ? subject : `${subject} ${session}`,
    task,
    count(active),
    percent(active / units),
    count(positive),
    count(active - positive),
  ]);
  const header = ['subject', 'network', 'active', 'share', 'more', 'less'];
  return `Networks (${how})\n${table([header, ...rows], true)}`;
}

/** How well maps repeat over all units, as text; nothing where nothing is repeated. */
export function showRepeatability(
  rows: readonly {
    readonly of: string;
    readonly subject: string | null;
    readonly task: string;
    readonly repeats: number;
    readonly dice: number | null;
    readonly correlation: number;
    readonly consistency: number;
  }[],
): string {
  if (rows.length === 0) return '';
  const cells = rows.map((row) => [
    row.subject ?? 'all',
    row.task,
    `${row.repeats} ${row.of}s`,
    digits(row.dice),
    digits(row.correlation),
    digits(row.consistency),
  ]);
  const header = ['subject', 'network', 'repeats', 'Dice', 'correlation', 'ICC(3,1)'];
  return `Repeatability\n${table([header, ...cells], true)}`;
}

/** How often held-out runs were named right, as text; nothing where no run could be held out. */
export function showIdentification(
  rows: readonly {
    readonly method: string;
    readonly right: number;
    readonly runs: number;
    readonly chance: number;
    readonly p: number;
  }[],
): string {
  if (rows.length === 0) return '';
  const cells = rows.map(({ method, right, runs, chance, p }) => [
    method,
    `${right} of ${runs}`,
    percent(right / runs),
    percent(chance),
    p.toPrecision(2),
  ]);
  const header = ['by', 'named right', 'share', 'chance', 'p'];
  return `Tasks of held-out runs, named by the networks of the others\n${table([header, ...cells], true)}`;
}

/** What held-out runs were named; nothing where all were named right. */
export function showConfusion(
  method: string,
  {
    names,
    counts,
  }: { readonly names: readonly string[]; readonly counts: readonly (readonly number[])[] },
): string {
  const isRight = counts.every((row, i) => row.every((value, j) => i === j || value === 0));
  if (isRight) return '';
  const rows = names.map((name, i) => [
    `${i + 1} ${name}`,
    ...counts[i].map((n) => (n ? String(n) : '.')),
  ]);
  const header = ['', ...names.map((_, i) => String(i + 1))];
  return `Named by ${method} (rows: the task; columns: its name)\n${table([header, ...rows], true)}`;
}
