import type { HandoffRun, HandoffStudy } from '../../core/handoff.js';
import { safeNames } from '../safe-names.js';
import { columnOf } from '../weights.js';
import type { Analysis } from './analyses.js';
import { timingOf } from './timing.js';

/** One -stim of 3dDeconvolve. */
export interface Stimulus {
  /** What AFNI calls it: letters, digits and _, so that -gltsym can name it. */
  readonly label: string;
  /** Columns of the built-in design that its columns stand for, in order. */
  readonly columns: readonly string[];
  /** The words behind `-stim_file k`, `-stim_times k` or `-stim_times_AM1 k`. */
  readonly option: '-stim_file' | '-stim_times' | '-stim_times_AM1';
  /** Null for -stim_file. */
  readonly model: string | null;
  readonly path: string;
  readonly text: string;
}

/** All that 3dDeconvolve models in an analysis. */
export interface Regressors {
  readonly stimuli: readonly Stimulus[];
  /** Columns that are no stimulus, each run's by itself; null for none. */
  readonly baseline: { readonly path: string; readonly text: string } | null;
  /** Order of AFNI's own drift: -1 for none, not even a constant; `A` by the run's length. */
  readonly polort: string;
  /** Conditions that AFNI has no response for. */
  readonly unfit: readonly string[];
}

/** Labels in AFNI: no space, sign, star or semicolon; longer ones are cut in buckets. */
export const labels = (names: readonly string[]) =>
  safeNames(names, { unfit: /[^A-Za-z0-9_]/g, longest: 40 });

const unique = (names: readonly string[]) => [...new Set(names)];

/** A column over the runs, end to end; 0 in runs without it. */
function stacked({ runs }: Analysis, name: string): number[] {
  return runs.flatMap((run) =>
    run.design.names.includes(name) ? [...columnOf(run, name)] : Array<number>(run.volumes).fill(0),
  ); // [volumes of all runs]
}

/** Columns of one run each, 0 in the others. */
function baselineText({ runs }: Analysis, namesOf: (run: HandoffRun) => string[]): string | null {
  const columns = runs.flatMap((run, r) =>
    namesOf(run).map((name) =>
      runs.flatMap((other, o) =>
        o === r ? [...columnOf(run, name)] : Array<number>(other.volumes).fill(0),
      ),
    ),
  ); // [columns][volumes of all runs]
  if (columns.length === 0) return null;
  return columns[0].map((_, row) => `${columns.map((own) => own[row]).join(' ')}\n`).join('');
}

const columnText = (values: readonly number[]) => values.map((value) => `${value}\n`).join('');

function polortOf({ design }: HandoffStudy, { drift }: HandoffRun): string {
  if (design === 'exact') return '-1';
  if (drift.model === 'none') return '0';
  return drift.model === 'polynomial' ? String(drift.order) : 'A';
}

/** Columns that a contrast names: they cannot be baseline, which -gltsym does not reach. */
const namedIn = ({ contrasts }: HandoffRun) =>
  [...contrasts.t, ...contrasts.f.flatMap(({ rows }) => rows)].flatMap(({ weights }) => [
    ...weights.keys(),
  ]);

/**
 * What an analysis models. exact: the design's columns as -stim_file, the constant, drifts and confounds
 * as baseline, and no drift of AFNI's. native: conditions as events, confounds as baseline, and AFNI's
 * polynomials.
 */
export function regressorsOf(analysis: Analysis, study: HandoffStudy): Regressors {
  const { name, runs } = analysis;
  const isNative = study.design === 'native';
  const named = new Set(runs.flatMap(namedIn));
  const isOurs = (run: HandoffRun, j: number) => (isNative ? run.roles[j] === 'confound' : true);
  const isStimulus = (run: HandoffRun, column: string, j: number) =>
    run.roles[j] === 'condition' || named.has(column);
  const columns = unique(
    runs.flatMap((run) =>
      run.design.names.filter((own, j) => isOurs(run, j) && isStimulus(run, own, j)),
    ),
  );
  const conditions = isNative
    ? unique(runs.flatMap((run) => run.conditions.map((own) => own.name)))
    : [];
  const shown = labels([...conditions, ...columns]);
  const path = (k: number, end: string) => `${name}/stim_${k + 1}_${shown[k]}.${end}`;
  const unfit: string[] = [];
  const ofConditions = conditions.flatMap((condition, k): Stimulus[] => {
    const own = runs.map((run) => run.conditions.find((one) => one.name === condition) ?? null);
    const { repetitionTime, sliceTimeRef } = runs[0];
    const volumes = runs.map((run) => run.volumes);
    const timing = timingOf(own, { repetitionTime, sliceTimeRef, volumes });
    if (!timing) {
      unfit.push(condition);
      return [];
    }
    const { option, model, text } = timing;
    const own0 = own.find((one) => one !== null)!;
    return [
      {
        ...{ label: shown[k], option, model, text },
        path: path(k, 'txt'),
        columns: own0.columns.slice(0, timing.columns),
      },
    ];
  });
  const ofColumns = columns.map((column, c): Stimulus => {
    const k = conditions.length + c;
    return {
      ...{ label: shown[k], option: '-stim_file', model: null },
      path: path(k, '1D'),
      columns: [column],
      text: columnText(stacked(analysis, column)),
    };
  });
  const baseline = baselineText(analysis, (run) =>
    run.design.names.filter((own, j) => isOurs(run, j) && !columns.includes(own)),
  );
  return {
    stimuli: [...ofConditions, ...ofColumns],
    baseline: baseline === null ? null : { path: `${name}/baseline.1D`, text: baseline },
    polort: polortOf(study, runs[0]),
    unfit,
  };
}
