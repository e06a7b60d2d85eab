import type { HandoffRun } from '../../core/handoff.js';
import { groupsOf } from '../weights.js';
import { afterwards, ending, preparation, processing, registration } from './common.js';
import { fmri, fsfText, quoted, ROOT } from './fsf.js';
import { testsOf } from './tests.js';

/** Runs of one subject's task whose contrasts are the same, one by one. */
export interface FixedEffects {
  readonly group: string;
  readonly runs: readonly HandoffRun[]; // two or more
}

const key = (run: HandoffRun) => JSON.stringify(testsOf(run).labels);

/** Groups of two runs or more, and those of them that FEAT cannot combine: it counts contrasts. */
export function fixedEffects(runs: readonly HandoffRun[]): {
  readonly combined: readonly FixedEffects[];
  readonly apart: readonly string[];
} {
  const several = [...groupsOf(runs)].filter(([, own]) => own.length > 1);
  const isOne = ([, own]: readonly [string, readonly HandoffRun[]]) =>
    own.every((run) => key(run) === key(own[0]) && run.shape.join() === own[0].shape.join());
  return {
    combined: several.filter(isOne).map(([group, own]) => ({ group, runs: own })),
    apart: several.filter((entry) => !isOne(entry)).map(([group]) => group),
  };
}

/** A complete FEAT design that averages runs by fixed effects, each contrast by itself. */
export function secondLevel({ group, runs }: FixedEffects): string {
  const inputs = runs.map((_, k) => k + 1);
  const contrasts = testsOf(runs[0]).t.map((_, c) => c + 1);
  return fsfText([
    ...preparation(2),
    fmri('outputdir', quoted(`${ROOT}/results/feat/${group}`)),
    fmri('tr', runs[0].repetitionTime),
    fmri('npts', inputs.length),
    fmri('ndelete', 0),
    fmri('tagfirst', 1),
    fmri('multiple', inputs.length),
    fmri('inputtype', 1),
    ...processing,
    fmri('temphp_yn', 0),
    fmri('templp_yn', 0),
    fmri('melodic_yn', 0),
    fmri('stats_yn', 1),
    fmri('prewhiten_yn', 0),
    fmri('motionevs', 0),
    fmri('motionevsbeta', quoted('')),
    fmri('scriptevsbeta', quoted('')),
    fmri('robust_yn', 0),
    fmri('mixed_yn', 3),
    fmri('evs_orig', 1),
    fmri('evs_real', 1),
    fmri('evs_vox', 0),
    fmri('ncon_orig', 1),
    fmri('ncon_real', 1),
    fmri('nftests_orig', 0),
    fmri('nftests_real', 0),
    ...afterwards,
    ...registration,
    fmri('paradigm_hp', 100),
    fmri('ncopeinputs', contrasts.length),
    ...contrasts.map((c) => fmri(`copeinput.${c}`, 1)),
    ...inputs.map(
      (k) => [`feat_files(${k})`, quoted(`${ROOT}/results/feat/${runs[k - 1].name}.feat`)] as const,
    ),
    fmri('confoundevs', 0),
    fmri('evtitle1', quoted('mean')),
    fmri('shape1', 2),
    fmri('convolve1', 0),
    fmri('convolve_phase1', 0),
    fmri('tempfilt_yn1', 0),
    fmri('deriv_yn1', 0),
    fmri('custom1', quoted('dummy')),
    fmri('ortho1.0', 0),
    fmri('ortho1.1', 0),
    ...inputs.map((k) => fmri(`evg${k}.1`, 1)),
    ...inputs.map((k) => fmri(`groupmem.${k}`, 1)),
    fmri('con_mode_old', 'real'),
    fmri('con_mode', 'real'),
    fmri('conpic_real.1', 1),
    fmri('conname_real.1', quoted('mean')),
    fmri('con_real1.1', 1),
    ...ending(1),
  ]);
}
