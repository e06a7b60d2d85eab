import type { HandoffRun } from '../core/handoff.js';
import { formatTsv } from '../files/tsv.js';

/**
 * contrasts.tsv: what the tool calls each contrast, in the tool's order: its number and label there, t or
 * F, and boldbridge's name. Where a tool numbers t and F apart, so does the table.
 */
export function contrastTable(
  { contrasts }: Pick<HandoffRun, 'contrasts'>,
  labels: { readonly t: readonly string[]; readonly f: readonly string[] },
): string {
  const rows = (test: 't' | 'f', shown: string) =>
    contrasts[test].map(({ name }, k) => [shown, k + 1, labels[test][k], name]);
  return formatTsv(['test', 'number', 'label', 'contrast'], [...rows('t', 't'), ...rows('f', 'F')]);
}
