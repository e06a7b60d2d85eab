import { count, table } from './text.js';

/** One contrast on both sides. */
interface Row {
  readonly subject: string | null;
  readonly session: string | null;
  readonly task: string | null;
  readonly run: string | null;
  readonly contrast: string;
  readonly statistic: string;
  readonly units: number;
  readonly onlyInA: number;
  readonly onlyInB: number;
  readonly correlation: number;
  readonly slope: number;
  readonly difference: number;
  readonly passBoth: number | null;
  readonly passA: number | null;
  readonly passB: number | null;
}

/** Small differences keep two digits, however small. */
const difference = (value: number) => (value < 0.01 ? value.toExponential(1) : value.toFixed(2));

const counted = (value: number | null) => (value === null ? '-' : count(value));

/** Two results side by side, as text. */
export function showCompared(
  rows: readonly Row[],
  { a, b, how }: { readonly a: string; readonly b: string; readonly how: string },
): string {
  const cells = rows.map((row) => [
    [row.subject, row.session].filter((part) => part !== null).join(' ') || '-',
    row.task ?? '-',
    row.run ?? 'all',
    row.contrast,
    row.statistic,
    count(row.units),
    row.correlation.toFixed(6),
    row.slope.toFixed(4),
    difference(row.difference),
    counted(row.passBoth),
    counted(row.passA),
    counted(row.passB),
  ]);
  // biome-ignore format: a list of words
  const header = ['subject', 'task', 'run', 'contrast', 'map', 'units', 'r', 'slope', 'largest |B-A|', 'pass both', 'A alone', 'B alone'];
  const missing = rows.filter(({ onlyInA, onlyInB }) => onlyInA + onlyInB > 0);
  const notes = missing.map(
    ({ contrast, run, onlyInA, onlyInB }) =>
      `  ${contrast}${run === null ? '' : ` of run ${run}`}: ${count(onlyInA)} units in A alone, ${count(onlyInB)} in B alone were not compared`,
  );
  return [
    `A: ${a}\nB: ${b}\nPassing: ${how}\n`,
    table([header, ...cells], true),
    ...(notes.length > 0 ? [`${notes.join('\n')}\n`] : []),
  ].join('\n');
}
