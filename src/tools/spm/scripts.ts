import { RESULTS } from './batch.js';
import { quoted } from './matlab.js';
import type { SpmModel } from './model.js';

/** Starts MATLAB, or Octave where there is no MATLAB. */
export const RUN_SH = `#!/usr/bin/env bash
# Fits every model of this folder with SPM, in MATLAB or, where there is none, in Octave.
#   bash run.sh [MODEL...]     only these models: names of folders
# SPM is looked for on the path of MATLAB or Octave, then in the folder that SPM_DIR names.
set -euo pipefail
cd "$(dirname "\${BASH_SOURCE[0]}")"
models=
for name in "$@"; do models="$models\${models:+, }'$name'"; done
if command -v matlab > /dev/null; then exec matlab -batch "run_spm($models)"; fi
if command -v octave-cli > /dev/null; then exec octave-cli --no-gui --eval "run_spm($models)"; fi
echo "run.sh: neither matlab nor octave-cli is on the PATH." >&2
exit 127
`;

/** Runs the models one after the other; all are tried, and any that failed make it fail. */
export const runSpm = (models: readonly SpmModel[]): string => `\
function run_spm(varargin)
% Fits every model of this folder with SPM; run_spm('sub-01_task-x') only those named.
root = fileparts(mfilename('fullpath'));
models = {
${models.map(({ name }) => `  ${quoted(name)}\n`).join('')}};
if nargin > 0
  models = varargin(:);
end
if exist('spm', 'file') ~= 2 && ~isempty(getenv('SPM_DIR'))
  addpath(getenv('SPM_DIR'));
end
if exist('spm', 'file') ~= 2
  error('run_spm:spm', 'SPM is not on the path: set SPM_DIR to the folder that holds spm.m.');
end
spm('defaults', 'FMRI');
spm_jobman('initcfg');
spm_get_defaults('cmdline', true);
failed = {};
for k = 1:numel(models)
  fprintf('\\n== %s (%d of %d)\\n', models{k}, k, numel(models));
  try
    fit(fullfile(root, models{k}));
  catch problem
    fprintf(2, '%s: %s\\n', models{k}, problem.message);
    failed{end + 1} = models{k}; %#ok<AGROW>
  end
end
if ~isempty(failed)
  error('run_spm:failed', 'No result for %s', strjoin(failed, ', '));
end
fprintf('\\nDone: %d models below %s\\n', numel(models), root);
end

function fit(folder)
% Fits one model, and makes sure that SPM analysed every unit of the mask.
matlabbatch = {};
run(fullfile(folder, 'model_batch.m'));
spm_jobman('run', matlabbatch);
fitted = load(fullfile(folder, ${quoted(RESULTS)}, 'SPM.mat'));
mask = spm_read_vols(spm_vol(fullfile(folder, 'mask.nii')));
if fitted.SPM.xVol.S ~= nnz(mask > 0)
  error('run_spm:units', 'SPM analysed %d of %d units', fitted.SPM.xVol.S, nnz(mask > 0));
end
end
`;
