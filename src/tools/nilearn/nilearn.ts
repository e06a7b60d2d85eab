import type { HandoffStudy } from '../../core/handoff.js';
import type { HandoffTool } from '../tool.js';
import { groupsOf } from '../weights.js';
import { refusalsOf } from './refusals.js';
import { RUN_SH, script } from './script.js';
import { runsFile, tablesOf } from './tables.js';

/** What differs from the built-in GLM though nilearn takes the data. */
function notesOf({ runs }: HandoffStudy): string[] {
  const hasGroups = [...groupsOf(runs).values()].some((own) => own.length > 1);
  if (!hasGroups || runs.every(({ contrasts }) => contrasts.f.length === 0)) return [];
  return [
    'nilearn adds up F tests of several runs in effects that each run has whitened by itself, which it calls approximate; boldbridge tests the mean over runs.',
  ];
}

/** nilearn, from Python. */
export const nilearn: HandoffTool = {
  name: 'nilearn',
  title: 'nilearn',
  image: '.nii.gz',
  command: 'bash run.sh',
  refusals: refusalsOf,
  notes: notesOf,
  write: (study) => [
    { path: 'run.sh', text: RUN_SH, executable: true },
    { path: 'glm.py', text: script(study) },
    runsFile(study),
    ...study.runs.flatMap((run) => tablesOf(run, study.design)),
  ],
};
