import { relative, resolve, sep } from 'node:path';
import { ENTITY_ORDER, type Entities, type Entity } from '../../bids/entities.js';
import { DataError } from '../../core/errors.js';
import type { RunInput } from '../glm/inputs/run-input.js';

/** Entities that say whose and of which run a result is. */
const OF_RUN: readonly Entity[] = ENTITY_ORDER.slice(0, ENTITY_ORDER.indexOf('space'));

/** What a path's folders and file say of the run, the last word counting: `sub-01/run-1.feat/stats`. */
export function entitiesInPath(path: string, dataset: string): Entities {
  const inside = relative(resolve(dataset), resolve(path));
  const parts = (inside.startsWith('..') ? resolve(path) : inside).split(sep);
  const found = parts.flatMap((part) =>
    [...part.matchAll(/(?:^|_)([a-z]+)-([0-9a-zA-Z+]+)(?=[_.]|$)/g)].map(
      ([, key, label]) => [key as Entity, label] as const,
    ),
  );
  return Object.fromEntries(found.filter(([key]) => OF_RUN.includes(key)));
}

/** A result's place: which entities, and a run of the dataset that has its grid. */
export interface Place {
  readonly entities: Entities;
  readonly input: RunInput;
}

/**
 * The place of a result in the dataset. What neither path nor flags say is filled in where all runs that
 * fit agree on it; a result without a run is of all the runs together (of the one run there is, unless
 * its BIDS name leaves the run out).
 * @throws DataError `data/no-such-run` where no run fits; `data/which-run` where several tasks or
 * subjects do
 */
export function placeOf(
  path: string,
  own: { readonly said: Entities; readonly isBidsName: boolean },
  inputs: readonly RunInput[],
): Place {
  const { said, isBidsName } = own;
  const fitting = inputs.filter(({ entities }) =>
    OF_RUN.every((key) => said[key] === undefined || sameLabel(key, said[key], entities[key])),
  );
  const shown = describeEntities(said) || 'no entities';
  if (fitting.length === 0) {
    throw new DataError('no-such-run', {
      given: `${path} (${shown})`,
      expected: `results of the dataset's runs: ${inputs.map((own) => describeEntities(own.entities)).join(', ')}`,
      todo: 'Name the run with --subject, --session, --task and --run, or give another --dataset.',
    });
  }
  const [first] = fitting;
  const unclear = (['sub', 'ses', 'task', 'acq'] as const).filter((key) =>
    fitting.some(({ entities }) => entities[key] !== first.entities[key]),
  );
  if (unclear.length > 0) {
    throw new DataError('which-run', {
      given: `${path} (${shown}), which may be of ${fitting.length} runs that differ in ${unclear.join(', ')}`,
      expected: 'one subject, session and task',
      todo: `Name them with --subject, --session and --task, or put the results in a folder such as ${describeEntities(first.entities)}.`,
    });
  }
  const { run, ...rest } = first.entities;
  const isOne = said.run !== undefined || (fitting.length === 1 && !isBidsName);
  return {
    entities: { ...rest, ...(isOne && run !== undefined && { run }) },
    input: first,
  };
}

/** Runs are numbers: 1 is 01. */
const sameLabel = (key: Entity, a: string | undefined, b: string | undefined) =>
  a === b || (key === 'run' && b !== undefined && Number(a) === Number(b));

/** `sub-01_task-x_run-1`. */
export const describeEntities = (entities: Entities): string =>
  ENTITY_ORDER.flatMap((key) =>
    entities[key] === undefined ? [] : [`${key}-${entities[key]}`],
  ).join('_');
