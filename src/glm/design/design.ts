import type { DesignMatrix } from '../../core/design.js';
import { DesignError } from '../../core/errors.js';
import type { Event } from '../../core/event.js';
import { orthonormalBasis } from './basis.js';
import { checkEvents } from './check-events.js';
import { type Drift, driftRegressors } from './drift.js';
import { checkFrameTimes, spacing } from './frame-times.js';
import type { Hrf } from './hrf.js';
import { conditionColumns } from './regressors.js';

/** A column the user brings: motion, position in the context, surprisal. */
export interface Confound {
  readonly name: string;
  readonly values: ArrayLike<number>; // [volumes]
}

export interface DesignOptions {
  readonly events: readonly Event[];
  /** Seconds from the run's start; see frameTimesOf. */
  readonly frameTimes: Float64Array; // [volumes]
  /** Default none: activations respond at once. */
  readonly hrf?: Hrf;
  /** Volumes after each event that `fir` takes on their own, from 0; default only 0. */
  readonly firDelays?: readonly number[];
  /** Default none; the constant is always there. */
  readonly drift?: Drift;
  readonly confounds?: readonly Confound[];
  /** Trial types that get a column; all of them by default. */
  readonly conditions?: readonly string[];
}

interface Column {
  readonly name: string;
  readonly values: ArrayLike<number>; // [volumes]
}

/** The trial types to model, in alphabetical (code unit) order, as nilearn. */
function conditionNames(events: readonly Event[], wanted?: readonly string[]): string[] {
  const present = new Set(events.map((event) => event.trialType));
  const missing = wanted?.filter((name) => !present.has(name)) ?? [];
  if (missing.length > 0) {
    throw new DesignError('unknown-condition', {
      given: `conditions without events: ${missing.join(', ')}`,
      expected: `some of ${[...present].sort().join(', ')}`,
      todo: 'Name trial types of the events file, exactly as they stand there.',
    });
  }
  return [...new Set(wanted ?? present)].sort(); // [conditions]
}

function checkDelays(hrf: Hrf, delays: readonly number[] | undefined): void {
  if (delays === undefined) return;
  const whole = delays.length > 0 && delays.every((delay) => Number.isInteger(delay) && delay >= 0);
  if (hrf === 'fir' && whole && new Set(delays).size === delays.length) return;
  throw new DesignError('fir-delays', {
    given: `delays [${delays.join(', ')}] with hrf '${hrf}'`,
    expected: "hrf 'fir' and one or more different whole numbers of volumes, 0 or more",
    todo: 'Correct the delays, or leave them out.',
  });
}

function checkDrift(drift: Drift): void {
  const fits =
    drift.model === 'none' ||
    (drift.model === 'cosine' && Number.isFinite(drift.highPass) && drift.highPass >= 0) ||
    (drift.model === 'polynomial' && Number.isInteger(drift.order) && drift.order >= 0);
  if (fits) return;
  throw new DesignError('drift', {
    given: `drift ${JSON.stringify(drift)}`,
    expected:
      'a cosine drift with highPass in hertz, or a polynomial with a whole order, 0 or more',
    todo: 'Correct the drift model.',
  });
}

function checkConfounds(confounds: readonly Confound[], volumes: number): void {
  for (const { name, values } of confounds) {
    const broken = Array.from(values).findIndex((value) => !Number.isFinite(value));
    if (values.length === volumes && broken < 0) continue;
    throw new DesignError('confound', {
      given:
        broken < 0
          ? `confound '${name}' with ${values.length} values`
          : `confound '${name}' with ${values[broken]} at volume ${broken}`,
      expected: `${volumes} finite numbers, one a volume`,
      todo: 'Correct the confound or leave it out; fill gaps before the model is fitted.',
    });
  }
}

/** Names are kept exactly, so one that a table or a formula would not keep is refused. */
function checkNames(columns: readonly Column[]): void {
  const names = columns.map((column) => column.name);
  const unfit = names.find((name) => name === '' || name !== name.trim() || /[\t\r\n]/.test(name));
  if (unfit !== undefined) {
    throw new DesignError('name', {
      given: `a column named ${JSON.stringify(unfit)}`,
      expected: 'a name that is not empty, without tabs, line breaks, or spaces around it',
      todo: 'Rename the trial type or the confound.',
    });
  }
  const twice = names.filter((name, j) => names.indexOf(name) !== j);
  if (twice.length === 0) return;
  throw new DesignError('duplicate-name', {
    given: `columns of the same name: ${[...new Set(twice)].join(', ')}`,
    expected: 'a name of its own for every trial type, confound, drift and the constant',
    todo: 'Rename the trial type or the confound.',
  });
}

/**
 * The design of one run, with nilearn's columns in nilearn's order: conditions in alphabetical order,
 * confounds, `drift_1`..., `constant`. A condition `a` gives `a`, and `a_derivative`, `a_dispersion`
 * where the HRF has them, or `a_delay_0`... for `fir`. Names are kept exactly. An event's modulation is
 * the height of its boxcar (nilearn's `modulation` column).
 * Source: nilearn.glm.first_level.make_first_level_design_matrix.
 * @throws EventsError see checkEvents.
 * @throws DesignError `frame-times`, `fir-delays`, `unknown-condition`, `drift`, `confound`, `name`,
 *   `duplicate-name`, `rank-deficient`, `too-few-rows`.
 */
export function makeDesign(options: DesignOptions): DesignMatrix {
  const { events, frameTimes, hrf = 'none', firDelays } = options;
  const { drift = { model: 'none' }, confounds = [] } = options;
  const rows = frameTimes.length;
  checkFrameTimes(frameTimes);
  const repetitionTime = spacing(frameTimes);
  checkEvents(events, { end: frameTimes[rows - 1] + repetitionTime, repetitionTime });
  checkDelays(hrf, firDelays);
  checkDrift(drift);
  checkConfounds(confounds, rows);

  const conditions = conditionNames(events, options.conditions).flatMap((name): Column[] => {
    const own = events.filter((event) => event.trialType === name);
    const delays = firDelays && { firDelays };
    return conditionColumns({ events: own, frameTimes, hrf, ...delays }).map(
      ({ suffix, values }) => ({ name: `${name}${suffix}`, values }),
    );
  });
  const drifts = driftRegressors(drift, frameTimes).map(
    (values, k): Column => ({ name: `drift_${k + 1}`, values }),
  );
  const constant: Column = { name: 'constant', values: new Float64Array(rows).fill(1) };
  const columns = [...conditions, ...confounds, ...drifts, constant];
  checkNames(columns);

  const values = new Float64Array(rows * columns.length); // [rows, columns]
  columns.forEach((column, j) => {
    for (let t = 0; t < rows; t++) values[t * columns.length + j] = column.values[t];
  });
  const design = { names: columns.map((column) => column.name), rows, values };
  orthonormalBasis(design);
  return design;
}
