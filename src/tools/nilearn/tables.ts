import type { Contrast } from '../../core/design.js';
import type { HandoffDesign, HandoffFile, HandoffRun, HandoffStudy } from '../../core/handoff.js';
import { formatTsv } from '../../files/tsv.js';
import { columnOf } from '../weights.js';

/** Some columns of a run's design, a row a volume. */
function columnsTable(run: HandoffRun, names: readonly string[]): string {
  const columns = names.map((name) => columnOf(run, name));
  const rows = Array.from({ length: run.design.rows }, (_, r) => columns.map((own) => own[r]));
  return formatTsv(names, rows);
}

/** nilearn's events: each with the name of its condition and the height of its boxcar. */
function eventsTable({ conditions }: HandoffRun): string {
  const rows = conditions
    .flatMap(({ name, events }) =>
      events.map(
        ({ onset, duration, modulation = 1 }) => [onset, duration, name, modulation] as const,
      ),
    )
    .sort(([a], [b]) => a - b);
  return formatTsv(['onset', 'duration', 'trial_type', 'modulation'], rows);
}

/** Columns that nilearn cannot make itself. */
export const confoundsOf = ({ design, roles }: HandoffRun): string[] =>
  design.names.filter((_, j) => roles[j] === 'confound');

/** A run's tables: the whole design, or what nilearn makes one of. */
export function tablesOf(run: HandoffRun, design: HandoffDesign): HandoffFile[] {
  const file = (name: string, text: string) => ({ path: `${run.name}/${name}`, text });
  if (design === 'exact') return [file('design.tsv', columnsTable(run, run.design.names))];
  const confounds = confoundsOf(run);
  return [
    file('events.tsv', eventsTable(run)),
    ...(confounds.length > 0 ? [file('confounds.tsv', columnsTable(run, confounds))] : []),
  ];
}

const weightsOf = ({ weights }: Contrast) => Object.fromEntries(weights);

/** runs.json: runs in order, with their contrasts as rows of weights by column. */
export function runsFile({ runs }: HandoffStudy): HandoffFile {
  const described = runs.map((run) => ({
    name: run.name,
    group: run.group,
    bold: run.bold,
    mask: run.mask,
    repetition_time: run.repetitionTime,
    has_confounds: confoundsOf(run).length > 0,
    t: Object.fromEntries(run.contrasts.t.map((own) => [own.name, [weightsOf(own)]])),
    F: Object.fromEntries(run.contrasts.f.map(({ name, rows }) => [name, rows.map(weightsOf)])),
  }));
  return { path: 'runs.json', text: `${JSON.stringify(described, null, 2)}\n` };
}
