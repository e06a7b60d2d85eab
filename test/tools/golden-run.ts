import type { HandoffCondition, HandoffRun } from '../../src/core/handoff.js';
import type { Confound } from '../../src/glm/design/design.js';
import { goldenConfounds, goldenEvents, REPETITION_TIME } from '../golden/run.js';
import { type Changes, contrastOf, makeRun } from './study.js';

const VOLUMES = 180;

/** A straight line, as a polynomial drift. */
const LINE: Confound = {
  name: 'drift_1',
  values: Float64Array.from({ length: VOLUMES }, (_, k) => k / VOLUMES - 0.5),
};

/**
 * A run of the golden events and confounds, with contrasts a, a - b, the constant, and an F of all
 * three. Its drift is a straight line, unless cosines are asked for.
 */
export function goldenRun(number = 1, changes: Changes = {}): HandoffRun {
  const { highPass, confounds = goldenConfounds(number) } = changes;
  const name = `sub-01_task-x_run-${number}`;
  const run = makeRun({
    name,
    events: goldenEvents(number),
    ...{ volumes: VOLUMES, repetitionTime: REPETITION_TIME, sliceTimeRef: 0 },
    contrasts: [
      contrastOf('a', { a: 1 }),
      contrastOf('aMinusB', { a: 1, b: -1 }),
      contrastOf('level', { constant: 1, a: 0.5 }),
    ],
    f: [{ name: 'any', rows: ['a', 'b', 'c'].map((own) => contrastOf(own, { [own]: 1 })) }],
    ...changes,
    confounds: highPass === undefined ? [...confounds, LINE] : confounds,
  });
  const line = highPass === undefined ? ({ model: 'polynomial', order: 1 } as const) : run.drift;
  return { ...run, drift: line, bold: `${name}/bold.nii`, mask: `${name}/mask.nii` };
}

/** The same run with finite impulse responses 0 and 2 volumes after each event. */
export function firRun(): HandoffRun {
  const run = goldenRun();
  const conditions = run.conditions.map(
    (own): HandoffCondition => ({
      ...own,
      columns: [`${own.name}_delay_0`, `${own.name}_delay_2`],
      response: { ...own.response, model: 'fir', delays: [0, 2] },
    }),
  );
  return { ...run, conditions, contrasts: { t: [contrastOf('late', { b_delay_2: 1 })], f: [] } };
}
