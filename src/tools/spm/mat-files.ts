import type { HandoffFile } from '../../core/handoff.js';
import type { MatValue } from '../../files/mat5.js';
import { columnOf } from '../weights.js';
import type { SpmCondition } from './conditions.js';
import { cell, encodeMatFile, row, textCell } from './mat-file.js';
import type { SpmSession } from './session.js';

/** No name that an image has: SPM takes `bold.mat` beside `bold.nii` for its orientation. */
export const CONDITIONS = 'conditions.mat';
export const REGRESSORS = 'regressors.mat';

/** A struct of cells a condition, empty where it has no modulator. */
function modulators(conditions: readonly SpmCondition[]): MatValue {
  const elements = conditions.map(
    ({ modulators: own }) =>
      new Map<string, MatValue>([
        ['name', textCell(own.map(({ name }) => name))],
        ['param', cell(own.map(({ heights }) => row(heights)))],
        ['poly', cell(own.map(() => row([1])))],
      ]),
  );
  return { kind: 'struct', shape: [1, elements.length], elements };
}

/**
 * SPM's multiple conditions: names, onsets and durations as cells, doubles in seconds; `pmod` and `orth`
 * where some condition has modulators, which are then taken as they are.
 * Source: SPM's spm_run_fmri_spec.m.
 */
function conditionsFile(conditions: readonly SpmCondition[]): Uint8Array {
  const hasModulators = conditions.some((own) => own.modulators.length > 0);
  return encodeMatFile({
    names: textCell(conditions.map(({ name }) => name)),
    onsets: cell(conditions.map(({ onsets }) => row(onsets))),
    durations: cell(conditions.map(({ durations }) => row(durations))),
    ...(hasModulators && {
      pmod: modulators(conditions),
      orth: cell(conditions.map((own) => row([own.modulators.length > 0 ? 0 : 1]))),
    }),
  });
}

/** SPM's multiple regressors: R, a row a volume, and the columns' names. */
function regressorsFile({ run, regressors }: SpmSession): Uint8Array {
  const columns = regressors.map((name) => [...columnOf(run, name)]);
  const values = Float64Array.from(columns.flat()); // [regressors, volumes]: column-major
  return encodeMatFile({
    R: { kind: 'numbers', shape: [run.design.rows, regressors.length], values },
    names: textCell(regressors),
  });
}

/** What a session's .mat files hold, beside its image. */
export function matFiles(session: SpmSession): HandoffFile[] {
  const { run, conditions, regressors } = session;
  const file = (name: string, bytes: Uint8Array) => ({ path: `${run.name}/${name}`, bytes });
  return [
    ...(conditions.length > 0 ? [file(CONDITIONS, conditionsFile(conditions))] : []),
    ...(regressors.length > 0 ? [file(REGRESSORS, regressorsFile(session))] : []),
  ];
}
