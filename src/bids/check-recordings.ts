import { DataError } from '../core/errors.js';
import { unitCount } from '../core/module.js';
import type { Recording } from '../core/recording.js';
import { factsOf, type RunFacts, runKey } from './run-facts.js';

const TODO =
  'Choose other recordings, or record again under another subject, session, task or run.';

/**
 * Whether recordings can stand in one dataset, beside the runs that stay there.
 * @throws DataError `data/no-recordings`, `data/duplicate-run`, `data/modules-differ`,
 * `data/some-sessions`, `data/wrong-size`.
 */
export function checkRecordings(
  recordings: readonly Recording[],
  staying: readonly RunFacts[] = [],
): void {
  if (recordings.length === 0) throw refuse('no-recordings', 'No recording', 'at least one');
  for (const { id, modules, series, volumes } of recordings) {
    if (series.volumes === volumes.length && series.units === unitCount(modules)) continue;
    const given = `${runKey(id)}, whose series has ${series.volumes} volumes of ${series.units} units`;
    throw refuse('wrong-size', given, `${volumes.length} of ${unitCount(modules)}`);
  }
  const first = new Map<string, RunFacts>();
  const runs = new Set<string>();
  const stands = new Map(staying.map((facts) => [runKey(facts.id), facts])); // several series a run
  for (const facts of [...stands.values(), ...recordings.map(factsOf)]) {
    const run = runKey(facts.id);
    if (runs.has(run)) throw refuse('duplicate-run', `Two recordings of ${run}`, 'one a run');
    runs.add(run);
    const other = first.get(facts.id.subject) ?? facts;
    first.set(facts.id.subject, other);
    checkSubject(other, facts);
  }
}

/** Whether two runs can be one subject's. */
function checkSubject(one: RunFacts, other: RunFacts): void {
  const both = `${runKey(one.id)} and ${runKey(other.id)}`;
  if ((one.id.session === null) !== (other.id.session === null)) {
    const given = `${both}, only one of which has a session`;
    throw refuse('some-sessions', given, "a session for all of a subject's runs, or for none");
  }
  if (JSON.stringify(one.modules.map(moduleKey)) === JSON.stringify(other.modules.map(moduleKey)))
    return;
  const given = `${both}, which recorded different modules`;
  throw refuse('modules-differ', given, 'the same modules in all recordings of a subject');
}

/** What makes units of two sessions the same; tensors are named anew in every export of a model. */
const moduleKey = ({ path, depth, kind, width }: RunFacts['modules'][number]) => [
  path,
  depth,
  kind,
  width,
];

function refuse(fault: string, given: string, expected: string): DataError {
  return new DataError(fault, { given, expected, todo: TODO });
}
