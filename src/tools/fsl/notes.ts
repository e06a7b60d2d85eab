import type { HandoffRun, HandoffStudy } from '../../core/handoff.js';
import { fixedEffects } from './second-level.js';

/** Events of one condition of which a later one begins before an earlier one ends. */
function overlap({ conditions }: HandoffRun): string[] {
  return conditions.flatMap(({ name, events }) => {
    const sorted = [...events].sort((a, b) => a.onset - b.onset);
    const hits = sorted.slice(1).filter((event, i) => {
      const before = sorted[i];
      return event.onset < before.onset + before.duration - 1e-9;
    });
    return hits.length > 0 ? [name] : [];
  });
}

/** What differs from the built-in GLM though FSL takes the data. */
export function notesOf(study: HandoffStudy): string[] {
  const { runs, design, noise, volumes } = study;
  const dark = runs.filter(({ values }) => values.notPositive > 0);
  const overlapping = design === 'native' ? runs.filter((run) => overlap(run).length > 0) : [];
  const { combined, apart } = fixedEffects(runs);
  return [
    ...(design === 'exact' && noise === 'white'
      ? [
          "FEAT demeans data and model and does not count the constant: its dof are one more than boldbridge's n - p, and its t larger by sqrt((n - p + 1) / (n - p)). The direct road (run.sh film) keeps the constant, and its t is boldbridge's.",
        ]
      : []),
    ...(design === 'native'
      ? [
          'FEAT samples its model in the middle of each volume, on a grid of 0.05 s, and demeans it (dof are n less its columns, without the constant).',
        ]
      : []),
    ...(noise === 'serial' && volumes === 'token'
      ? [
          'feat cannot prewhiten without smoothing the autocorrelation over neighbouring voxels, which mean nothing here: run.sh takes film_gls unless asked otherwise.',
        ]
      : []),
    ...(combined.length > 0
      ? [
          'Fixed effects over runs weigh each run by its precision; boldbridge takes their plain mean.',
        ]
      : []),
    ...dark.map(
      ({ name, values }) =>
        `${name}: FEAT leaves out ${values.notPositive} of ${values.units} units, whose value is 0 or less in some volume; film_gls keeps them.`,
    ),
    ...overlapping.map(
      (run) =>
        `${run.name}: events of ${overlap(run).join(', ')} overlap; FEAT does not add them up but takes the later one.`,
    ),
    ...apart.map(
      (group) => `${group}: its runs differ in contrasts or grid, so no fixed effects over them.`,
    ),
  ];
}
