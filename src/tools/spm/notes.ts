import type { HandoffRun, HandoffStudy } from '../../core/handoff.js';
import { groupsOf } from '../weights.js';
import { carrierOf, isModulated } from './conditions.js';
import { BINS, samplingBin } from './timing.js';

/** Modulated conditions that no other condition carries. */
const alone = (run: HandoffRun) =>
  run.conditions.filter((own) => isModulated(own) && !carrierOf(run, own));

/** Seconds that SPM's sampling is away from ours. */
const late = (run: HandoffRun) => {
  const wanted = samplingBin({ ...run, sliceTimeRef: 0 }) - 1 + run.sliceTimeRef * BINS;
  return ((samplingBin(run) - 1 - wanted) / BINS) * run.repetitionTime;
};

/** What differs from the built-in GLM though SPM takes the data. */
export function notesOf({ runs, design, noise }: HandoffStudy): string[] {
  const isNative = design === 'native';
  const hasGroups = [...groupsOf(runs).values()].some((own) => own.length > 1);
  return [
    "SPM scales each run so that its mean intensity is 100: con and beta images are in per cent of it, not in the data's units. t and F do not change.",
    ...(hasGroups
      ? [
          'Runs together are sessions of one SPM model with one residual variance, so their t is not that of fixed effects over runs, which boldbridge computes from a variance of each run.',
        ]
      : []),
    ...(noise === 'serial'
      ? [
          "cvi 'AR(1)': SPM estimates one autocorrelation for all units, from those that respond; a model in which none does ends with 'no significant voxels'.",
        ]
      : []),
    ...(isNative && runs.some((run) => run.conditions.some((c) => c.response.model === 'glover'))
      ? ["SPM convolves with its own canonical response, not with Glover's."]
      : []),
    ...(isNative
      ? runs.flatMap((run) =>
          alone(run).map(
            ({ name }) =>
              `${run.name}: '${name}' has events of different heights: SPM models their mean beside the heights, and contrasts of '${name}' are of the heights.`,
          ),
        )
      : []),
    ...(isNative
      ? runs
          .filter((run) => Math.abs(late(run)) > 1e-9)
          .map(
            (run) =>
              `${run.name}: SPM samples its design ${Math.abs(late(run))} s ${late(run) > 0 ? 'later' : 'earlier'} than boldbridge does.`,
          )
      : []),
  ];
}
