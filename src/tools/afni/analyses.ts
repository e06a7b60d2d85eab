import type { Contrast } from '../../core/design.js';
import type { HandoffRun, HandoffStudy } from '../../core/handoff.js';
import { groupsOf } from '../weights.js';

/** Runs that one 3dDeconvolve models together. */
export interface Analysis {
  /** Its folder, here and below results/. */
  readonly name: string;
  readonly runs: readonly HandoffRun[]; // one or more
}

const key = ({ contrasts, shape, repetitionTime }: HandoffRun) => {
  const of = ({ name, weights }: Contrast) => [name, [...weights]];
  const f = contrasts.f.map(({ name, rows }) => [name, rows.map(of)]);
  return JSON.stringify([shape, repetitionTime, contrasts.t.map(of), f]);
};

/** Constants and drifts are each run's own: what tests them cannot be joined. */
const testsBaseline = ({ contrasts, design, roles }: HandoffRun) =>
  [...contrasts.t, ...contrasts.f.flatMap(({ rows }) => rows)].some(({ weights }) =>
    [...weights.keys()].some((name) =>
      ['constant', 'drift'].includes(roles[design.names.indexOf(name)]),
    ),
  );

/**
 * AFNI's way is one model over all runs of a task, each with a baseline of its own: that is native. With
 * exact regressors every run is also fitted by itself, as the built-in GLM does. Runs whose contrasts or
 * grids differ cannot be joined, nor can those whose constants or drifts are tested.
 */
export function analysesOf({ runs, design }: HandoffStudy): {
  readonly analyses: readonly Analysis[];
  readonly apart: readonly string[];
} {
  const groups = [...groupsOf(runs)].map(([name, own]) => ({ name, runs: own }));
  const several = groups.filter((group) => group.runs.length > 1);
  const joint = several.filter((group) =>
    group.runs.every((run) => key(run) === key(group.runs[0]) && !testsBaseline(run)),
  );
  const isApart = (run: HandoffRun) => !joint.some((group) => group.runs.includes(run));
  const single = runs.filter((run) => design === 'exact' || isApart(run));
  return {
    analyses: [...single.map((run) => ({ name: run.name, runs: [run] })), ...joint],
    apart: several.filter((group) => !joint.includes(group)).map(({ name }) => name),
  };
}
