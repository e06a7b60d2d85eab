import { count, table } from './text.js';

interface Row {
  readonly task: string;
  readonly units: number;
  readonly domain: string;
  readonly isOwn: boolean;
  readonly observed: number;
  readonly p: number;
}

const signed = (value: number) => `${value > 0 ? '+' : ''}${value.toFixed(3)}`;

/** The matrix of networks by domains, as text. */
export function showLesions(rows: readonly Row[], how: string): string {
  const domains = [...new Set(rows.map(({ domain }) => domain))];
  const tasks = [...new Set(rows.map(({ task }) => task))];
  const cells = tasks.map((task) => {
    const own = rows.filter((row) => row.task === task);
    const changes = domains.map((domain) => {
      const row = own.find((other) => other.domain === domain)!;
      return `${signed(row.observed)}${row.p < 0.05 ? '*' : ' '}${row.isOwn ? '<' : ' '}`;
    });
    return [task, count(own[0].units), ...changes];
  });
  const numbers = domains.map((_, d) => String(d + 1));
  const legend = domains.map((domain, d) => `${d + 1} ${domain}`).join(', ');
  return [
    `Change of log-probability a token, nats (units ${how}; * p < 0.05 against random sets, < own domain)`,
    table([['network', 'units', ...numbers], ...cells], true),
    `  ${legend}\n`,
  ].join('\n');
}

/** Whether lesions hurt their own domain most, as text. */
export function showSelectivity(
  rows: readonly {
    readonly task: string;
    readonly own: number;
    readonly others: number;
    readonly rank: number;
    readonly domains: number;
    readonly effectSize: number;
    readonly p: number;
  }[],
): string {
  if (rows.length === 0) return '';
  const cells = rows.map((row) => [
    row.task,
    signed(row.own),
    signed(row.others),
    `${row.rank} of ${row.domains}`,
    row.effectSize.toFixed(2),
    row.p.toPrecision(2),
  ]);
  const header = ['network', 'own domain', 'others', 'rank', 'effect size', 'p'];
  return `Selectivity: the own domain against the others, beside random sets\n${table([header, ...cells], true)}`;
}
