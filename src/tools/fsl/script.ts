import type { HandoffRun, HandoffStudy } from '../../core/handoff.js';
import { highPassSeconds } from './evs.js';
import { type FixedEffects, fixedEffects } from './second-level.js';
import { testsOf } from './tests.js';

/** `feat` prewhitens only with an autocorrelation smoothed over neighbours; film_gls need not. */
export const defaultRoad = ({ volumes, noise }: HandoffStudy) =>
  volumes === 'token' && noise === 'serial' ? 'film' : 'feat';

const HEAD = (road: string) => `#!/bin/bash
# Fits every run, then fixed effects over runs, with FSL. Results: results/feat or results/film.
#   bash run.sh feat   the whole of FEAT, statistics only
#   bash run.sh film   film_gls and flameo, called directly
# Without a word: ${road}.
set -euo pipefail
cd "$(dirname "\${BASH_SOURCE[0]}")"
root=$(pwd -P)
road=\${1:-${road}}

stop() { echo "run.sh: $*" >&2; exit 1; }
[[ $root =~ ^[A-Za-z0-9_./+-]+$ ]] || stop "FSL cannot work in '$root': move this folder to a path of letters, digits and _ . + - only."
[ -n "\${FSLDIR:-}" ] || stop "FSLDIR is not set: set FSL up first (. fsl.sh)."
for program in feat feat_model film_gls flameo fslmaths fslmerge imcp imtest; do
  command -v $program > /dev/null || stop "$program is not on the PATH."
done
[ ! -e "results/$road" ] || stop "results/$road stands already: move it away."
export FSLOUTPUTTYPE=NIFTI_GZ FSLSUBALREADYRUN=true
unset SGE_ROOT
mkdir -p "results/$road"
there() { [ "$(imtest "$1")" = 1 ] || stop "FSL wrote no $1: look at the messages above and at logs/."; }
design() { sed "s|@ROOT@|$root|g" "$1" > "$2"; }
`;

const FILTER = `
# The data are filtered as FEAT filters the model; -bptf takes the mean out, which goes back in.
highpass() { # run, sigma in volumes
  mkdir -p results/filtered
  fslmaths $1/bold -Tmean results/filtered/$1_mean
  fslmaths $1/bold -bptf $2 -1 -add results/filtered/$1_mean results/filtered/$1
}
`;

const FEAT = `
feat_run() {
  design $1/design.template.fsf results/feat/$1.fsf
  feat results/feat/$1.fsf
  there results/feat/$1.feat/stats/tstat1
  # Runs lie on one grid: the second level is told that nothing has to be moved.
  mkdir -p results/feat/$1.feat/reg
  printf '1 0 0 0\\n0 1 0 0\\n0 0 1 0\\n0 0 0 1\\n' > results/feat/$1.feat/reg/example_func2standard.mat
  imcp results/feat/$1.feat/mean_func results/feat/$1.feat/reg/standard
}
feat_fixed() {
  design $1/fixed.template.fsf results/feat/$1.fsf
  feat results/feat/$1.fsf
  there results/feat/$1.gfeat/cope1.feat/stats/tstat1
}
`;

const filmRun = (study: HandoffStudy) => `
film_run() { # run, image
  out=results/film/$1
  mkdir -p $out
${
  study.design === 'exact'
    ? '  cp $1/design.mat $1/design.con $out/\n  [ ! -e $1/design.fts ] || cp $1/design.fts $out/'
    : '  design $1/design.template.fsf $out/design.fsf\n  (cd $out && feat_model design)'
}
  fts=(); [ ! -e $out/design.fts ] || fts=(--fcon=$out/design.fts)
  film_gls --in=$2 --rn=$out/stats --pd=$out/design.mat --con=$out/design.con \${fts[@]+"\${fts[@]}"} --thr=0${study.noise === 'white' ? ' --noest' : ''}
  there $out/stats/tstat1
  imcp $1/mask $out/mask
}
film_fixed() { # group, contrasts, runs
  group=$1; out=results/film/$1; count=$2; shift 2
  mkdir -p $out
  masks=(); for run in "$@"; do masks+=(results/film/$run/mask); done
  fslmerge -t $out/masks "\${masks[@]}"
  fslmaths $out/masks -Tmin $out/mask
  dofs=()
  for run in "$@"; do
    fslmaths $out/mask -mul $(cat results/film/$run/stats/dof) $out/dof_$run -odt float
    dofs+=($out/dof_$run)
  done
  fslmerge -t $out/dofs "\${dofs[@]}"
  for ((k = 1; k <= count; k++)); do
    copes=(); varcopes=()
    for run in "$@"; do
      copes+=(results/film/$run/stats/cope$k); varcopes+=(results/film/$run/stats/varcope$k)
    done
    fslmerge -t $out/cope$k "\${copes[@]}"
    fslmerge -t $out/varcope$k "\${varcopes[@]}"
    flameo --cope=$out/cope$k --vc=$out/varcope$k --dvc=$out/dofs --mask=$out/mask --dm=$group/fixed.mat --cs=$group/fixed.grp --tc=$group/fixed.con --runmode=fe --ld=$out/contrast$k
    there $out/contrast$k/tstat1
  done
}
`;

const imageOf = (run: HandoffRun, study: HandoffStudy) =>
  highPassSeconds(run, study) === null ? run.bold : `results/filtered/${run.name}.nii.gz`;

const call = (...words: readonly (string | number)[]) => `  ${words.join(' ')}\n`;

/** The script that fits everything. `sigma` of the filter: half its seconds, in volumes. */
export function script(study: HandoffStudy): string {
  const { combined } = fixedEffects(study.runs);
  const filters = study.runs.flatMap((run) => {
    const seconds = highPassSeconds(run, study);
    return seconds === null
      ? []
      : [`highpass ${run.name} ${(0.5 * seconds) / run.repetitionTime}\n`];
  });
  const names = ({ runs }: FixedEffects) => runs.map(({ name }) => name);
  return [
    HEAD(defaultRoad(study)),
    ...(filters.length > 0 ? [FILTER] : []),
    FEAT,
    filmRun(study),
    '\n',
    ...filters,
    'if [ "$road" = feat ]; then\n',
    ...study.runs.map((run) => call('feat_run', run.name)),
    ...combined.map(({ group }) => call('feat_fixed', group)),
    'elif [ "$road" = film ]; then\n',
    ...study.runs.map((run) => call('film_run', run.name, imageOf(run, study))),
    ...combined.map((own) =>
      call('film_fixed', own.group, testsOf(own.runs[0]).t.length, ...names(own)),
    ),
    'else\n',
    call('stop "\'$road\' is neither feat nor film."'),
    'fi\n',
    'echo "Done: $root/results/$road"\n',
  ].join('');
}
