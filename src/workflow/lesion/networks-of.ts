import { sessionKey } from '../../bids/run-facts.js';
import { DataError } from '../../core/errors.js';
import type { Selection } from '../glm/inputs/run-input.js';
import type { Rule, SessionMaps, TaskMaps } from '../networks/session.js';

/** Which units of a network: those more active than at rest, those less active, or both. */
export type Direction = 'both' | 'positive' | 'negative';

/** Whose networks are meant, and in which model: asked by all that change the recorded model. */
export interface RecordedNetworks extends Selection {
  readonly dataset: string;
  /** The folder of statistical maps. */
  readonly maps: string;
  readonly rule: Rule;
  readonly direction: Direction;
  /** Instead of the model that was recorded. */
  readonly model?: string | undefined;
}

/** The active units of a task in one direction or both. */
export function unitsOf({ network, whole }: TaskMaps, direction: Direction): number[] {
  const sign = direction === 'positive' ? 1 : -1;
  return Array.from(network.active.keys()).filter(
    (u) => network.active[u] && (direction === 'both' || sign * whole.z[u] > 0),
  );
}

/** @throws DataError `data/which-session` where there are several: each has a model of its own */
export function oneSession(sessions: readonly SessionMaps[], dataset: string): SessionMaps {
  if (sessions.length === 1) return sessions[0];
  throw new DataError('which-session', {
    given: `${dataset} with ${sessions.map(sessionKey).join(', ')}`,
    expected: 'one subject and session: one model',
    todo: 'Name the subject with --participant-label.',
  });
}

/** The tasks of these names; all where none is named. @throws DataError `data/no-network` */
export function chosenTasks({ tasks }: SessionMaps, names: readonly string[]): readonly TaskMaps[] {
  const unknown = names.find((name) => !tasks.some((task) => task.name === name));
  if (unknown !== undefined) {
    throw new DataError('no-network', {
      given: `the network '${unknown}'`,
      expected: `one of ${tasks.map(({ name }) => name).join(', ')}`,
      todo: 'Name a contrast that boldbridge glm fitted.',
    });
  }
  return names.length === 0 ? tasks : tasks.filter(({ name }) => names.includes(name));
}

/** The refusal of a dataset whose units the model does not know. */
export function noUnits(dataset: string): DataError {
  return new DataError('no-units', {
    given: `${dataset}, which has no unit table`,
    expected:
      'recordings, or a dataset that boldbridge export wrote: the model must know its units',
    todo: 'Name one of these.',
  });
}
