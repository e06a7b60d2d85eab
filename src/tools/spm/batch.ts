import type { HandoffStudy } from '../../core/handoff.js';
import { basesOf } from './bases.js';
import { CONDITIONS, REGRESSORS } from './mat-files.js';
import { file, matrix, numeral, quoted } from './matlab.js';
import { contrastsOf, type SpmContrast, type SpmModel } from './model.js';
import type { SpmSession } from './session.js';
import { BINS, samplingBin } from './timing.js';

/** Below a model's folder: what SPM writes, and nothing else. */
export const RESULTS = 'spm';

const HEAD = ({ name, sessions }: SpmModel) => `\
% ${name}${sessions.length > 1 ? `: ${sessions.length} runs as the sessions of one model` : ''}
% run_spm.m runs this. By hand: run('${name}/model_batch.m'), then spm_jobman('run', matlabbatch).
here = fileparts(mfilename('fullpath'));
root = fileparts(here);
results = fullfile(here, ${quoted(RESULTS)});
if ~exist(results, 'dir'), mkdir(results); end
if exist(fullfile(results, 'SPM.mat'), 'file'), delete(fullfile(results, 'SPM.mat')); end
frames = @(image, count) arrayfun(@(k) sprintf('%s,%d', image, k), (1:count)', 'UniformOutput', false);
% What module k puts out: modules are linked, so that nothing runs on after one has failed.
output = @(k, what) cfg_dep(what, ...
  substruct('.', 'val', '{}', {k}, '.', 'val', '{}', {1}, '.', 'val', '{}', {1}), substruct('.', what));
clear matlabbatch spec
`;

/** The units that every run has. */
const joinMasks = (sessions: readonly SpmSession[], k: number) => `
% The units that every run has
matlabbatch{${k}}.spm.util.imcalc.input = {
${sessions.map(({ run }) => `  ${file('root', run.mask)}\n`).join('')}};
matlabbatch{${k}}.spm.util.imcalc.output = 'mask.nii';
matlabbatch{${k}}.spm.util.imcalc.outdir = {here};
matlabbatch{${k}}.spm.util.imcalc.expression = 'all(X > 0)';
matlabbatch{${k}}.spm.util.imcalc.var = struct('name', {}, 'value', {});
matlabbatch{${k}}.spm.util.imcalc.options = struct('dmtx', 1, 'mask', 0, 'interp', 0, 'dtype', 2);
`;

function sessionText({ run, conditions, regressors, highPass }: SpmSession, s: number): string {
  const own = (name: string, isThere: boolean) =>
    isThere ? file('root', `${run.name}/${name}`) : quoted('');
  return `\
spec.sess(${s}).scans = frames(${file('root', run.bold)}, ${run.volumes});
spec.sess(${s}).cond = struct('name', {}, 'onset', {}, 'duration', {}, 'tmod', {}, 'pmod', {}, 'orth', {});
spec.sess(${s}).multi = {${own(CONDITIONS, conditions.length > 0)}};
spec.sess(${s}).regress = struct('name', {}, 'val', {});
spec.sess(${s}).multi_reg = {${own(REGRESSORS, regressors.length > 0)}};
spec.sess(${s}).hpf = ${numeral(highPass)};
`;
}

/** Zero-mean units stay (mthresh -Inf); the mask says which are analysed. */
function specification({ sessions }: SpmModel, study: HandoffStudy, k: number): string {
  const [{ run }] = sessions;
  const [bases] = basesOf({ runs: sessions.map((own) => own.run), design: study.design });
  return `
% Design
spec.dir = {results};
spec.timing = struct('units', 'secs', 'RT', ${numeral(run.repetitionTime)}, 'fmri_t', ${BINS}, 'fmri_t0', ${samplingBin(run)});
${sessions.map((own, s) => sessionText(own, s + 1)).join('')}\
spec.fact = struct('name', {}, 'levels', {});
spec.bases.${bases};
spec.volt = 1;
spec.global = 'None';
spec.mthresh = -Inf;
${k === 1 ? `spec.mask = {${file('root', run.mask)}};` : `spec.mask(1) = output(${k - 1}, 'files');`}
spec.cvi = ${quoted(study.noise === 'white' ? 'none' : 'AR(1)')};
matlabbatch{${k}}.spm.stats.fmri_spec = spec;

% Estimation
matlabbatch{${k + 1}}.spm.stats.fmri_est.spmmat(1) = output(${k}, 'spmmat');
matlabbatch{${k + 1}}.spm.stats.fmri_est.write_residuals = 0;
matlabbatch{${k + 1}}.spm.stats.fmri_est.method.Classical = 1;
`;
}

function contrastText({ name, test, rows }: SpmContrast, k: number, c: number): string {
  const own = `matlabbatch{${k}}.spm.stats.con.consess{${c}}.${test === 't' ? 'tcon' : 'fcon'}`;
  return `\
${own}.name = ${quoted(name)};
${own}.weights = ${matrix(rows)};
${own}.sessrep = 'none';
`;
}

/** Numbers of the contrasts, but for those of one session among several. */
const shownIn = (contrasts: readonly SpmContrast[]): number[] =>
  contrasts.flatMap(({ session }, c) => (session === undefined ? [c + 1] : []));

const inference = (contrasts: readonly SpmContrast[], k: number) => `
% Contrasts
matlabbatch{${k}}.spm.stats.con.spmmat(1) = output(${k - 1}, 'spmmat');
${contrasts.map((own, c) => contrastText(own, k, c + 1)).join('')}\
matlabbatch{${k}}.spm.stats.con.delete = 0;

% Results: at p < 0.001 of each unit by itself, written to *_p001.nii
matlabbatch{${k + 1}}.spm.stats.results.spmmat(1) = output(${k}, 'spmmat');
matlabbatch{${k + 1}}.spm.stats.results.conspec = struct( ...
  'titlestr', '', 'contrasts', {${shownIn(contrasts).join(', ')}}, 'threshdesc', 'none', 'thresh', 0.001, ...
  'extent', 0, 'conjunction', 1, 'mask', struct('none', 1));
matlabbatch{${k + 1}}.spm.stats.results.units = 1;
matlabbatch{${k + 1}}.spm.stats.results.export{1}.tspm.basename = 'p001';
`;

/**
 * A model's batch: specification, estimation, contrasts and results, each waiting for the one before.
 * Paths are found from where the file lies.
 */
export function batchOf(model: SpmModel, study: HandoffStudy): string {
  const contrasts = contrastsOf(model);
  const isJoint = model.sessions.length > 1;
  const first = isJoint ? 2 : 1;
  return [
    HEAD(model),
    ...(isJoint ? [joinMasks(model.sessions, 1)] : []),
    specification(model, study, first),
    ...(contrasts.length > 0 ? [inference(contrasts, first + 2)] : []),
  ].join('');
}
