import { DataError } from '../core/errors.js';
import { unitCount } from '../core/module.js';
import type { Recording } from '../core/recording.js';

/** A subject, and its session where it has one, in words. */
export const sessionKey = ({ id: { subject, session } }: Recording) =>
  session === null ? `sub-${subject}` : `sub-${subject} ses-${session}`;
const runKey = (recording: Recording) =>
  `${sessionKey(recording)} task-${recording.id.task} run-${recording.id.run}`;

/**
 * Whether recordings can stand in one dataset.
 * @throws DataError `data/no-recordings`, `data/duplicate-run`, `data/modules-differ`,
 * `data/wrong-size`.
 */
export function checkRecordings(recordings: readonly Recording[]): void {
  const first = new Map<string, Recording>();
  const runs = new Set<string>();
  if (recordings.length === 0) throw refuse('no-recordings', 'No recording', 'at least one');
  for (const recording of recordings) {
    const { id, modules, series, volumes } = recording;
    const run = runKey(recording);
    if (runs.has(run)) throw refuse('duplicate-run', `Two recordings of ${run}`, 'one a run');
    runs.add(run);
    if (series.volumes !== volumes.length || series.units !== unitCount(modules)) {
      const given = `${run}, whose series has ${series.volumes} volumes of ${series.units} units`;
      throw refuse('wrong-size', given, `${volumes.length} of ${unitCount(modules)}`);
    }
    const other = first.get(id.subject) ?? recording;
    first.set(id.subject, other);
    if (JSON.stringify(other.modules) !== JSON.stringify(modules)) {
      const given = `${runKey(other)} and ${run}, which recorded different modules`;
      throw refuse('modules-differ', given, 'the same modules in all recordings of a subject');
    }
  }
}

function refuse(fault: string, given: string, expected: string): DataError {
  return new DataError(fault, {
    given,
    expected,
    todo: 'Choose other recordings, or record again under another subject, session, task or run.',
  });
}
