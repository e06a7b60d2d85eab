import type { Contrast } from '../../core/design.js';
import type { HandoffDesign, HandoffRun } from '../../core/handoff.js';
import { columnOf } from '../weights.js';
import { type Place, type SpmCondition, spmConditions } from './conditions.js';

/** A run as a session of an SPM model. Its columns: conditions, then regressors; the constant apart. */
export interface SpmSession {
  readonly run: HandoffRun;
  /** None in design exact: all columns are regressors there. */
  readonly conditions: readonly SpmCondition[];
  /** Columns of our design that are handed over as they are. */
  readonly regressors: readonly string[];
  /** Seconds of SPM's high-pass filter; infinite for none. */
  readonly highPass: number;
  readonly places: ReadonlyMap<string, Place>;
  /** Columns of the session, the constant apart. */
  readonly width: number;
}

const NOTHING = { conditions: [], places: new Map<string, Place>(), width: 0 };

/** What SPM makes of a run. */
export function sessionOf(run: HandoffRun, design: HandoffDesign): SpmSession {
  const { design: own, roles, drift } = run;
  const isNative = design === 'native';
  const made = isNative ? spmConditions(run) : NOTHING;
  const filters = isNative && drift.model === 'cosine';
  const regressors = own.names.filter((_, j) => {
    if (roles[j] === 'constant') return false;
    if (!isNative) return true;
    return roles[j] === 'confound' || (roles[j] === 'drift' && !filters);
  });
  const places = new Map([
    ...made.places,
    ...regressors.map((name, j): [string, Place] => [name, { index: made.width + j, factor: 1 }]),
  ]);
  return {
    run,
    conditions: made.conditions,
    regressors,
    highPass: filters ? 1 / drift.highPass : Number.POSITIVE_INFINITY,
    places,
    width: made.width + regressors.length,
  };
}

const isConstant = ({ run }: SpmSession, column: string) =>
  run.roles[run.design.names.indexOf(column)] === 'constant';

/** Columns that weigh in a contrast and that SPM's session does not have. */
export const unplaced = (session: SpmSession, { weights }: Contrast): string[] =>
  [...weights].flatMap(([column, weight]) =>
    weight === 0 || session.places.has(column) || isConstant(session, column) ? [] : [column],
  );

/**
 * A contrast over a session's columns, the constant last. SPM takes the mean out of every regressor
 * (spm_fMRI_design.m), so its constant is ours plus the means times their effects: where the constant
 * weighs, regressors weigh their means less.
 */
export function weightsIn(session: SpmSession, { weights }: Contrast): number[] {
  const own = new Array<number>(session.width + 1).fill(0); // [columns, constant]
  for (const [column, weight] of weights) {
    const place = session.places.get(column);
    if (place) own[place.index] += weight * place.factor;
    else if (isConstant(session, column)) own[session.width] += weight;
  }
  const ofConstant = own[session.width];
  if (ofConstant === 0) return own;
  for (const name of session.regressors) {
    const values = columnOf(session.run, name);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    own[session.places.get(name)!.index] -= ofConstant * mean;
  }
  return own;
}
