import type { HandoffFile, HandoffRun, HandoffStudy } from '../../core/handoff.js';
import { contrastTable } from '../contrast-table.js';
import type { HandoffTool } from '../tool.js';
import { weightsOver } from '../weights.js';
import { evsOf } from './evs.js';
import { firstLevel } from './first-level.js';
import { notesOf } from './notes.js';
import { refusalsOf } from './refusals.js';
import { script } from './script.js';
import { type FixedEffects, fixedEffects, secondLevel } from './second-level.js';
import { testsOf } from './tests.js';
import { designCon, designFts, designGrp, designMat } from './vest.js';

/** The direct road with our own regressors: the constant stays, so that dof are n - p. */
function directFiles({ name, design, ...run }: HandoffRun): HandoffFile[] {
  const { names, rows, values } = design;
  const row = (r: number) => [...values.subarray(r * names.length, (r + 1) * names.length)];
  const tests = testsOf(run);
  const weights = tests.t.map((contrast) => weightsOver(contrast, names));
  const file = (path: string, text: string) => ({ path: `${name}/${path}`, text });
  return [
    file('design.mat', designMat(Array.from({ length: rows }, (_, r) => row(r)))),
    file('design.con', designCon(tests.labels, weights)),
    ...(tests.f.length > 0 ? [file('design.fts', designFts(tests.f))] : []),
  ];
}

function runFiles(run: HandoffRun, study: HandoffStudy): HandoffFile[] {
  const { labels } = testsOf(run);
  const f = run.contrasts.f.map((_, k) => `F${k + 1}`);
  return [
    { path: `${run.name}/design.template.fsf`, text: firstLevel(run, study) },
    { path: `${run.name}/contrasts.tsv`, text: contrastTable(run, { t: labels, f }) },
    ...evsOf(run, study).map(({ file, text }) => ({ path: file, text })),
    ...(study.design === 'exact' ? directFiles(run) : []),
  ];
}

function groupFiles(own: FixedEffects): HandoffFile[] {
  const file = (path: string, text: string) => ({ path: `${own.group}/${path}`, text });
  return [
    file('fixed.template.fsf', secondLevel(own)),
    file('fixed.mat', designMat(own.runs.map(() => [1]))),
    file('fixed.con', designCon(['mean'], [[1]])),
    file('fixed.grp', designGrp(own.runs.length)),
  ];
}

/** FSL: FEAT and its programs. Keys, formats and traps: FSL 5.0.9's sources. */
export const fsl: HandoffTool = {
  name: 'fsl',
  title: 'FSL',
  image: '.nii.gz',
  command: 'bash run.sh',
  refusals: refusalsOf,
  notes: notesOf,
  write: (study) => [
    { path: 'run.sh', text: script(study), executable: true },
    ...study.runs.flatMap((run) => runFiles(run, study)),
    ...fixedEffects(study.runs).combined.flatMap(groupFiles),
  ],
};
