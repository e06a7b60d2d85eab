import type { HandoffCondition, HandoffRun, HandoffStudy } from '../../core/handoff.js';
import { columnOf } from '../weights.js';
import { fileNames, titles } from './names.js';

/** Kinds of explanatory variable, by FEAT's numbers. */
export const SHAPE = { perVolume: 2, threeColumn: 3 } as const;
/** What FEAT convolves with, by its numbers. */
export const CONVOLVE = { none: 0, doubleGamma: 3 } as const;

/** One explanatory variable of a first-level design. */
export interface Ev {
  readonly title: string;
  readonly shape: 2 | 3;
  readonly convolve: 0 | 3;
  /** Whether FEAT adds its derivative in time, as the column behind it. */
  readonly derivative: boolean;
  /** Columns of the built-in design that its columns stand for, one or two. */
  readonly columns: readonly string[];
  /** Below the handoff's root. */
  readonly file: string;
  readonly text: string;
}

/** `onset duration weight` in seconds, an event a line, no header. */
export const threeColumns = ({ events }: HandoffCondition): string =>
  events
    .map(({ onset, duration, modulation = 1 }) => `${onset}\t${duration}\t${modulation}\n`)
    .join('');

/** One value a volume, one a line. */
const perVolume = (run: HandoffRun, column: string): string =>
  [...columnOf(run, column)].map((value) => `${value}\n`).join('');

/** FEAT has no constant column (it demeans). Its own high-pass filter stands for cosines. */
function ownColumns(run: HandoffRun, { design }: HandoffStudy): string[] {
  const isOurs = (j: number) => {
    const role = run.roles[j];
    if (role === 'constant') return false;
    if (design === 'exact') return true;
    return role === 'confound' || (role === 'drift' && run.drift.model === 'polynomial');
  };
  return run.design.names.filter((_, j) => isOurs(j));
}

/**
 * A run's explanatory variables. exact: the design's columns, one value a volume. native: conditions as
 * events that FEAT convolves (or not), the rest as columns.
 */
export function evsOf(run: HandoffRun, study: HandoffStudy): Ev[] {
  const conditions = study.design === 'native' ? run.conditions : [];
  const columns = ownColumns(run, study);
  const names = [...conditions.map(({ name }) => name), ...columns];
  const [shown, files] = [titles(names), fileNames(names)];
  const at = (k: number) => ({ title: shown[k], file: `${run.name}/ev/${k + 1}_${files[k]}.txt` });
  return [
    ...conditions.map((condition, k): Ev => {
      const { model, derivative } = condition.response;
      return {
        ...at(k),
        shape: SHAPE.threeColumn,
        convolve: model === 'none' ? CONVOLVE.none : CONVOLVE.doubleGamma,
        derivative,
        columns: condition.columns.slice(0, derivative ? 2 : 1),
        text: threeColumns(condition),
      };
    }),
    ...columns.map(
      (name, c): Ev => ({
        ...at(conditions.length + c),
        shape: SHAPE.perVolume,
        convolve: CONVOLVE.none,
        derivative: false,
        columns: [name],
        text: perVolume(run, name),
      }),
    ),
  ];
}

/** Seconds of FEAT's high-pass filter, where it takes the drift out. */
export function highPassSeconds({ drift }: HandoffRun, { design }: HandoffStudy): number | null {
  return design === 'native' && drift.model === 'cosine' && drift.highPass > 0
    ? 1 / drift.highPass
    : null;
}
