import type { Refusal } from '../../core/errors.js';
import type { HandoffRun, HandoffStudy } from '../../core/handoff.js';
import { evsOf } from './evs.js';
import { testsOf } from './tests.js';

/** Seconds: FEAT samples its model on a grid of 0.05 s, and shorter volumes mix neighbours. */
const SHORTEST = 0.1;

function ofValues({ name, values }: HandoffRun): Refusal[] {
  if (values.lowestMean > 0) return [];
  return [
    {
      given: `${name}: a unit with a mean of ${values.lowestMean} over time`,
      expected: 'means above 0: film_gls leaves other units out without a word',
      todo: 'Give a mask without those units, or add a constant to the data (t does not change).',
    },
  ];
}

function ofTime({ name, repetitionTime }: HandoffRun): Refusal[] {
  if (repetitionTime >= SHORTEST) return [];
  return [
    {
      given: `${name}: a repetition time of ${repetitionTime} s`,
      expected: `${SHORTEST} s or more, since FEAT samples its model every 0.05 s`,
      todo: 'Export the dataset with a longer repetition time.',
    },
  ];
}

function ofResponses({ name, conditions }: HandoffRun, { design }: HandoffStudy): Refusal[] {
  if (design === 'exact') return [];
  const unfit = conditions.filter(
    ({ response }) => response.model === 'fir' || response.dispersion,
  );
  if (unfit.length === 0) return [];
  return [
    {
      given: `${name}: a finite impulse response or a derivative in dispersion of ${unfit.map((own) => own.name).join(', ')}`,
      expected: "for design 'native': no response, or one with or without its derivative in time",
      todo: 'Ask for --design exact.',
    },
  ];
}

function ofContrasts(run: HandoffRun, study: HandoffStudy): Refusal[] {
  const columns = new Set(evsOf(run, study).flatMap((ev) => ev.columns));
  return testsOf(run).t.flatMap(({ name, weights }): Refusal[] => {
    const missing = [...weights].filter(([column, weight]) => weight !== 0 && !columns.has(column));
    if (missing.length === 0) return [];
    return [
      {
        given: `${run.name}: contrast '${name}' of ${missing.map(([column]) => column).join(', ')}`,
        expected: `contrasts of ${[...columns].join(', ')}: FEAT takes means and slow drifts out of data and model`,
        todo: 'Leave the contrast out.',
      },
    ];
  });
}

function ofTests({ name, contrasts }: HandoffRun): Refusal[] {
  if (contrasts.t.length + contrasts.f.length > 0) return [];
  return [
    {
      given: `${name}: a model without a contrast`,
      expected: 'a t contrast or an F test: FEAT makes no map without',
      todo: 'Name one with --contrast, or in the model.',
    },
  ];
}

/** All that FEAT or film_gls would stumble over, most of it without a word. */
export const refusalsOf = (study: HandoffStudy): Refusal[] =>
  study.runs.flatMap((run) => [
    ...ofValues(run),
    ...ofTime(run),
    ...ofResponses(run, study),
    ...ofContrasts(run, study),
    ...ofTests(run),
  ]);
