import type { HandoffFile, HandoffStudy } from '../../core/handoff.js';
import { contrastTable } from '../contrast-table.js';
import type { HandoffTool } from '../tool.js';
import { type Analysis, analysesOf } from './analyses.js';
import { gltLabels } from './glt.js';
import { refusalsOf } from './refusals.js';
import { regressorsOf } from './regressors.js';
import { script } from './script.js';

function analysisFiles(analysis: Analysis, study: HandoffStudy): HandoffFile[] {
  const { stimuli, baseline } = regressorsOf(analysis, study);
  const [run] = analysis.runs;
  return [
    ...stimuli.map(({ path, text }) => ({ path, text })),
    ...(baseline ? [baseline] : []),
    { path: `${analysis.name}/contrasts.tsv`, text: contrastTable(run, gltLabels(run, stimuli)) },
  ];
}

function notesOf(study: HandoffStudy): string[] {
  const { analyses, apart } = analysesOf(study);
  const isJoint = analyses.some(({ runs }) => runs.length > 1);
  const isCosine = study.runs.some(({ drift }) => drift.model === 'cosine');
  return [
    ...(isJoint
      ? [
          'Runs of one task are fitted together, with one variance for all of them, as AFNI does; boldbridge combines runs by fixed effects, each with its own variance.',
        ]
      : []),
    ...(study.design === 'native' && isCosine
      ? ["Drifts are AFNI's polynomials (-polort A), not cosines."]
      : []),
    ...apart.map(
      (group) => `${group}: its runs differ in contrasts or grid, so each is fitted by itself.`,
    ),
  ];
}

/** AFNI: 3dDeconvolve and 3dREMLfit. Options and traps: AFNI 26.2.03's sources. */
export const afni: HandoffTool = {
  name: 'afni',
  title: 'AFNI',
  image: '.nii.gz',
  command: 'bash run.sh',
  refusals: refusalsOf,
  notes: notesOf,
  write: (study) => [
    { path: 'run.sh', text: script(study), executable: true },
    ...analysesOf(study).analyses.flatMap((analysis) => analysisFiles(analysis, study)),
  ],
};
