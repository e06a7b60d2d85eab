import type { Refusal } from '../../core/errors.js';
import type { HandoffRun, HandoffStudy } from '../../core/handoff.js';
import { groupsOf } from '../weights.js';
import { confoundsOf } from './tables.js';

/** Contrasts become part of file names. */
const LABEL = /^[0-9a-zA-Z+]+$/;

function ofLabels({ name, contrasts }: HandoffRun): Refusal[] {
  return [...contrasts.t, ...contrasts.f]
    .filter((own) => !LABEL.test(own.name))
    .map((own) => ({
      given: `${name}: the contrast name '${own.name}'`,
      expected: 'letters, digits and + only: the name becomes part of file names',
      todo: 'Rename it: --contrast "NAME = FORMULA", or in the model.',
    }));
}

/** nilearn takes one response for a model. */
function ofResponses(runs: readonly HandoffRun[], { design }: HandoffStudy): Refusal[] {
  const responses = runs.flatMap(({ conditions }) => conditions.map(({ response }) => response));
  const found = new Set(responses.map((own) => JSON.stringify(own)));
  if (design === 'exact' || found.size <= 1) return [];
  return [
    {
      given: `conditions with ${found.size} different responses`,
      expected: "for design 'native': one response for all, as nilearn takes one hrf_model",
      todo: 'Ask for --design exact.',
    },
  ];
}

function ofGroup(group: string, runs: readonly HandoffRun[], { design }: HandoffStudy): Refusal[] {
  const differ = (what: string, found: readonly (string | number)[]): Refusal[] =>
    new Set(found).size === 1
      ? []
      : [
          {
            given: `${group}: runs whose ${what} are ${[...new Set(found)].join(' and ')}`,
            expected: 'the same for all runs of a group: one model combines them',
            todo: 'Hand the runs over one by one with --run.',
          },
        ];
  const confounded = runs.map((run) => (confoundsOf(run).length > 0 ? 'some' : 'none'));
  return [
    ...differ(
      'grids',
      runs.map(({ shape }) => shape.join(' x ')),
    ),
    ...differ(
      'repetition times',
      runs.map(({ repetitionTime }) => repetitionTime),
    ),
    ...(design === 'native' ? differ('confounds', confounded) : []),
  ];
}

/** What nilearn's model cannot be told, or would be told wrongly. */
export const refusalsOf = (study: HandoffStudy): Refusal[] => [
  ...study.runs.flatMap(ofLabels),
  ...ofResponses(study.runs, study),
  ...[...groupsOf(study.runs)].flatMap(([group, runs]) => ofGroup(group, runs, study)),
];
