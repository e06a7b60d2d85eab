import type { Refusal } from '../../core/errors.js';
import type { HandoffRun, HandoffStudy } from '../../core/handoff.js';
import { type Analysis, analysesOf } from './analyses.js';
import { regressorsOf } from './regressors.js';

/** Rows that 3dREMLfit needs, in all and of each run. */
const ROWS = 9;

function ofLength({ name, volumes }: HandoffRun, { noise }: HandoffStudy): Refusal[] {
  if (noise === 'white' || volumes >= ROWS) return [];
  return [
    {
      given: `${name}: ${volumes} volumes`,
      expected: `${ROWS} or more: 3dREMLfit fits no noise model to fewer`,
      todo: 'Hand over the series with one volume a prompt, or leave the run out.',
    },
  ];
}

function ofAnalysis(analysis: Analysis, study: HandoffStudy): Refusal[] {
  const { name, runs } = analysis;
  const { stimuli, unfit } = regressorsOf(analysis, study);
  const known = new Set(stimuli.flatMap(({ columns }) => columns));
  const { t, f } = runs[0].contrasts;
  const unknown = [...t, ...f.flatMap(({ rows }) => rows)].flatMap(({ weights }) =>
    [...weights].flatMap(([column, w]) => (w === 0 || known.has(column) ? [] : [column])),
  );
  const zero = stimuli.filter(
    ({ option, text }) => option === '-stim_file' && !/[1-9]/.test(text.replace(/e[-+]\d+/g, '')),
  );
  return [
    ...unfit.map((condition) => ({
      given: `${name}: condition '${condition}', whose response AFNI does not have or whose events lie in the middle of no volume`,
      expected:
        "for design 'native': events at once, or one response, or derivatives of events of one duration",
      todo: 'Ask for --design exact.',
    })),
    ...zero.map(({ columns }) => ({
      given: `${name}: the regressor ${columns.join(', ')}, which is 0 throughout`,
      expected: 'regressors other than 0: 3dDeconvolve stops at others',
      todo: 'Leave the column out of the model.',
    })),
    ...(unfit.length > 0 ? [] : [...new Set(unknown)]).map((column) => ({
      given: `${name}: a contrast of ${column}`,
      expected: `contrasts of ${[...known].join(', ')}`,
      todo: 'Leave the contrast out, or ask for --design exact.',
    })),
    ...(t.length + f.length > 0 ? [] : [noTest(name)]),
  ];
}

const noTest = (name: string): Refusal => ({
  given: `${name}: a model without a contrast`,
  expected: 'a t contrast or an F test',
  todo: 'Name one with --contrast, or in the model.',
});

/** All that 3dDeconvolve or 3dREMLfit would stop at. */
export const refusalsOf = (study: HandoffStudy): Refusal[] => [
  ...study.runs.flatMap((run) => ofLength(run, study)),
  ...analysesOf(study).analyses.flatMap((analysis) => ofAnalysis(analysis, study)),
];
