import type { HandoffStudy } from '../../core/handoff.js';
import { type Analysis, analysesOf } from './analyses.js';
import { gltsOf } from './glt.js';
import { regressorsOf } from './regressors.js';

const HEAD = (programs: string) => `#!/bin/bash
# Fits every analysis with AFNI. Results: results/<analysis>/.
set -euo pipefail
cd "$(dirname "\${BASH_SOURCE[0]}")"
stop() { echo "run.sh: $*" >&2; exit 1; }
for program in ${programs}; do
  command -v $program > /dev/null || stop "$program is not on the PATH."
done
[ ! -e results ] || stop "results stands already: move it away."
`;

const quoted = (text: string) => `'${text}'`;

/** Words of a command, those of one line together. */
const command = (lines: readonly (string | null)[]) =>
  `${lines.filter((line) => line !== null).join(' \\\n  ')}\n`;

/** One mask of several runs: the voxels in all of them. */
const jointMask = ({ name, runs }: Analysis) =>
  runs.length === 1
    ? ''
    : [
        command([
          `3dMean -datum float -prefix results/${name}/mask-mean.nii.gz`,
          ...runs.map(({ mask }) => mask),
        ]),
        command([
          `3dcalc -a results/${name}/mask-mean.nii.gz -expr 'step(a-0.9999)' -datum byte -prefix results/${name}/mask.nii.gz`,
        ]),
      ].join('');

function commandsOf(analysis: Analysis, study: HandoffStudy): string {
  const { name, runs } = analysis;
  const regressors = regressorsOf(analysis, study);
  const { stimuli, baseline, polort } = regressors;
  const glts = gltsOf(runs[0], stimuli);
  const out = `results/${name}`;
  const images = runs.map(({ bold }) => bold).join(' ');
  const mask = runs.length === 1 ? runs[0].mask : `${out}/mask.nii.gz`;
  const isWhite = study.noise === 'white';
  const deconvolve = command([
    `3dDeconvolve -input ${images}`,
    `-mask ${mask} -polort ${polort} -local_times`,
    baseline && `-ortvec ${baseline.path} baseline`,
    `-num_stimts ${stimuli.length}`,
    ...stimuli.map(({ option, path, model, label }, k) => {
      const response = model === null ? '' : ` ${quoted(model)}`;
      return `${option} ${k + 1} ${path}${response} -stim_label ${k + 1} ${label}`;
    }),
    `-num_glt ${glts.length}`,
    ...glts.map(
      ({ label, symbols }, k) => `-gltsym ${quoted(symbols)} -glt_label ${k + 1} ${label}`,
    ),
    `-tout -fout -float -x1D ${out}/X.xmat.1D`,
    isWhite ? `-bucket ${out}/ols.nii.gz` : '-x1D_stop',
  ]);
  const reml = command([
    `3dREMLfit -matrix ${out}/X.xmat.1D -input ${runs.length === 1 ? images : `"${images}"`}`,
    `-mask ${mask} -tout -fout`,
    `-Rbuck ${out}/reml.nii.gz -Rvar ${out}/reml-variance.nii.gz -Obuck ${out}/ols.nii.gz`,
  ]);
  return `\nmkdir -p ${out}\n${jointMask(analysis)}${deconvolve}${isWhite ? '' : reml}`;
}

/** The script that fits everything, one 3dDeconvolve (and 3dREMLfit) an analysis. */
export function script(study: HandoffStudy): string {
  const { analyses } = analysesOf(study);
  const programs = [
    '3dDeconvolve',
    ...(study.noise === 'white' ? [] : ['3dREMLfit']),
    ...(analyses.some(({ runs }) => runs.length > 1) ? ['3dMean', '3dcalc'] : []),
  ];
  return [
    HEAD(programs.join(' ')),
    ...analyses.map((analysis) => commandsOf(analysis, study)),
    '\necho "Done: results"\n',
  ].join('');
}
