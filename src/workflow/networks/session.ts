import { DataError } from '../../core/errors.js';
import type { Grid } from '../../core/grid.js';
import {
  applyThreshold,
  type Threshold,
  type ThresholdRule,
  type TopRule,
} from '../../glm/contrast/threshold.js';
import type { RunInput } from '../glm/inputs/run-input.js';
import type { UnitModules } from '../glm/inputs/unit-modules.js';
import { grouped } from '../grouped.js';
import { type Measurement, readMeasurements, together } from './measurements.js';

export type Rule = ThresholdRule | TopRule;

/** A task's network over all its runs, and what it was made of. */
export interface TaskMaps {
  /** The contrast; with the task's name before it where several tasks have that contrast. */
  readonly name: string;
  readonly task: string;
  readonly contrast: string;
  /** One a run, in order of runs; none where the maps are of all runs together only. */
  readonly runs: readonly Measurement[];
  readonly whole: Pick<Measurement, 'z' | 'effects'>;
  readonly network: Threshold;
}

/** A subject's session: its tasks over one set of units. */
export interface SessionMaps {
  readonly subject: string;
  readonly session: string | null;
  readonly grid: Grid;
  /** Null where the units' modules are not known. */
  readonly modules: UnitModules | null;
  readonly inputs: readonly RunInput[];
  readonly tasks: readonly TaskMaps[];
}

/** The units that a rule chooses of a measurement, two-sided; units that a fit masked are never active. */
export function networkIn(
  { z, effects }: Pick<Measurement, 'z' | 'effects'>,
  rule: Rule,
): Threshold {
  const dofPerUnit = effects?.dofPerUnit;
  return applyThreshold({ z, rule, ...(dofPerUnit && { dofPerUnit }) });
}

/** All sessions of a dataset with their maps. @throws as readMeasurements; DataError `data/no-maps` */
export async function readSessions(
  inputs: readonly RunInput[],
  { maps, rule }: { readonly maps: string; readonly rule: Rule },
): Promise<SessionMaps[]> {
  const sessions = grouped(inputs, ({ entities: { sub, ses } }) => [sub, ses]);
  const read = sessions.map(async (own): Promise<SessionMaps> => {
    const [{ entities, grid, modules }] = own;
    const { sub = '', ses } = entities;
    const measurements = await readMeasurements(maps, { sub, ...(ses && { ses }) }, grid);
    const tasks = tasksOf(measurements, rule);
    if (tasks.length === 0) throw noMaps(maps, sub);
    return {
      ...{ subject: sub, session: ses ?? null, grid, inputs: own, tasks },
      modules: await modules(),
    };
  });
  return Promise.all(read);
}

/** The maps of all runs together are taken as they stand; where there are none, runs are combined. */
function tasksOf(measurements: readonly Measurement[], rule: Rule): TaskMaps[] {
  const keyOf = ({ entities: { task, acq }, contrast }: Measurement) => [task, acq, contrast];
  const own = grouped(measurements, keyOf);
  const contrasts = own.map(([{ contrast }]) => contrast);
  return own.map((maps) => {
    const [{ contrast, entities }] = maps;
    const runs = maps.filter((map) => map.entities.run !== undefined);
    const whole = maps.find((map) => map.entities.run === undefined) ?? together(runs);
    const isShared = contrasts.filter((other) => other === contrast).length > 1;
    const { task = '', acq } = entities;
    const place = acq === undefined ? task : `${task}-${acq}`;
    return {
      name: isShared ? `${place}/${contrast}` : contrast,
      ...{ task, contrast, runs, whole },
      network: networkIn(whole, rule),
    };
  });
}

function noMaps(maps: string, subject: string): DataError {
  return new DataError('no-maps', {
    given: `${maps}, which holds no z map of a t contrast of sub-${subject}`,
    expected: 'maps of every subject (and session) that is analysed',
    todo: 'Run boldbridge glm for all of them, or choose with --participant-label.',
  });
}
