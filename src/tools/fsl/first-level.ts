import type { HandoffRun, HandoffStudy } from '../../core/handoff.js';
import { weightsOver } from '../weights.js';
import { afterwards, ending, preparation, processing, registration } from './common.js';
import { type Ev, evsOf, highPassSeconds } from './evs.js';
import { fmri, fsfText, quoted, ROOT, type Setting } from './fsf.js';
import { type FslTests, testsOf } from './tests.js';

/** FEAT's seconds for its high-pass filter where it is off: a number has to stand there. */
const NO_FILTER = 100;

function settingsOfEv(ev: Ev, k: number, all: { count: number; filter: 0 | 1 }): Setting[] {
  const others = Array.from({ length: all.count + 1 }, (_, j) => j);
  return [
    fmri(`evtitle${k}`, quoted(ev.title)),
    fmri(`shape${k}`, ev.shape),
    fmri(`convolve${k}`, ev.convolve),
    fmri(`convolve_phase${k}`, 0),
    fmri(`tempfilt_yn${k}`, all.filter),
    fmri(`deriv_yn${k}`, ev.derivative ? 1 : 0),
    fmri(`custom${k}`, quoted(`${ROOT}/${ev.file}`)),
    ...others.map((j) => fmri(`ortho${k}.${j}`, 0)),
  ];
}

/** Contrasts over columns (`real`, derivatives among them) or over variables (`orig`). */
function settingsOfTests(
  kind: 'real' | 'orig',
  { t, labels, f }: FslTests,
  columns: readonly string[],
): Setting[] {
  return t.flatMap((contrast, c) => [
    fmri(`conpic_${kind}.${c + 1}`, 1),
    fmri(`conname_${kind}.${c + 1}`, quoted(labels[c])),
    ...weightsOver(contrast, columns).map((weight, e) =>
      fmri(`con_${kind}${c + 1}.${e + 1}`, weight),
    ),
    ...f.map((own, test) => fmri(`ftest_${kind}${test + 1}.${c + 1}`, own[c])),
  ]);
}

/** What the first level reads: the image itself, or the one that the script has filtered. */
const imageOf = (run: HandoffRun, study: HandoffStudy) =>
  highPassSeconds(run, study) === null
    ? `${ROOT}/${run.bold}`
    : `${ROOT}/results/filtered/${run.name}.nii.gz`;

/**
 * A complete FEAT design of one run: first level, statistics only. With filtering_yn 0 FEAT filters the
 * model but not the data, so the script filters the data first where a filter is asked for.
 */
export function firstLevel(run: HandoffRun, study: HandoffStudy): string {
  const evs = evsOf(run, study);
  const tests = testsOf(run);
  const seconds = highPassSeconds(run, study);
  const filter = seconds === null ? 0 : 1;
  const real = evs.flatMap(({ columns }) => columns);
  return fsfText([
    ...preparation(1),
    fmri('outputdir', quoted(`${ROOT}/results/feat/${run.name}`)),
    fmri('tr', run.repetitionTime),
    fmri('npts', run.volumes),
    fmri('ndelete', 0),
    fmri('tagfirst', 1),
    fmri('multiple', 1),
    fmri('inputtype', 2),
    ...processing,
    fmri('temphp_yn', filter),
    fmri('templp_yn', 0),
    fmri('melodic_yn', 0),
    fmri('stats_yn', 1),
    fmri('prewhiten_yn', study.noise === 'white' ? 0 : 1),
    fmri('motionevs', 0),
    fmri('motionevsbeta', quoted('')),
    fmri('scriptevsbeta', quoted('')),
    fmri('robust_yn', 0),
    fmri('mixed_yn', 2),
    fmri('evs_orig', evs.length),
    fmri('evs_real', real.length),
    fmri('evs_vox', 0),
    fmri('ncon_orig', tests.t.length),
    fmri('ncon_real', tests.t.length),
    fmri('nftests_orig', tests.f.length),
    fmri('nftests_real', tests.f.length),
    ...afterwards,
    ...registration,
    fmri('paradigm_hp', seconds ?? NO_FILTER),
    fmri('ncopeinputs', 0),
    ['feat_files(1)', quoted(imageOf(run, study))],
    fmri('confoundevs', 0),
    ...evs.flatMap((ev, k) => settingsOfEv(ev, k + 1, { count: evs.length, filter })),
    fmri('con_mode_old', 'real'),
    fmri('con_mode', 'real'),
    ...settingsOfTests('real', tests, real),
    ...settingsOfTests(
      'orig',
      tests,
      evs.map(({ columns }) => columns[0]),
    ),
    ...ending(tests.t.length + tests.f.length),
  ]);
}
