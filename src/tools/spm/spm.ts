import type { HandoffFile, HandoffStudy } from '../../core/handoff.js';
import type { HandoffTool } from '../tool.js';
import { batchOf } from './batch.js';
import { matFiles } from './mat-files.js';
import { modelsOf } from './model.js';
import { notesOf } from './notes.js';
import { refusalsOf } from './refusals.js';
import { RUN_SH, runSpm } from './scripts.js';
import { sessionOf } from './session.js';

function write(study: HandoffStudy): HandoffFile[] {
  const models = modelsOf(study);
  return [
    { path: 'run.sh', text: RUN_SH, executable: true },
    { path: 'run_spm.m', text: runSpm(models) },
    ...models.map((model) => ({
      path: `${model.name}/model_batch.m`,
      text: batchOf(model, study),
    })),
    ...study.runs.flatMap((run) => matFiles(sessionOf(run, study.design))),
  ];
}

/** SPM, in MATLAB or Octave. Formats and traps: SPM's sources (spm_run_fmri_spec.m and what it calls). */
export const spm: HandoffTool = {
  name: 'spm',
  title: 'SPM',
  image: '.nii',
  command: 'bash run.sh',
  refusals: refusalsOf,
  notes: notesOf,
  write,
};
