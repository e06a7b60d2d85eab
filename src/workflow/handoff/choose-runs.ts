import type { VolumeKind } from '../../bids/image-run.js';
import { DataError } from '../../core/errors.js';
import type { HandoffVolumes } from '../../core/handoff.js';
import type { RunInput } from '../glm/inputs/run-input.js';

/** The runs to hand over, and what their volumes are. */
export interface ChosenRuns {
  readonly runs: readonly RunInput[];
  readonly volumes: HandoffVolumes;
}

/**
 * The series of one kind: of prompts unless tokens are asked for; images of a brain as they are.
 * @param labels run labels to keep; all where there are none
 * @throws DataError `data/no-dataset` for recordings, `data/no-prompt-volumes`, `data/no-token-volumes`,
 *   `data/nothing-selected`
 */
export function chooseRuns(
  inputs: readonly RunInput[],
  asked: {
    readonly volumes: VolumeKind;
    readonly labels: readonly string[];
    readonly dataset: string;
  },
): ChosenRuns {
  const { volumes, labels, dataset } = asked;
  if (inputs.some(({ source }) => !source.startsWith('bids:'))) {
    throw new DataError('no-dataset', {
      given: `${dataset}, a folder of recordings`,
      expected: 'a BIDS dataset: the tools read images',
      todo: `Make one with 'boldbridge export ${dataset} DATASET --volumes ${volumes}'.`,
    });
  }
  // 01 and 1 are one run: labels are indices.
  const index = (label: string | undefined) => (label ?? '').replace(/^0+(?=\d)/, '');
  const wanted = inputs.filter(
    ({ entities }) => labels.length === 0 || labels.map(index).includes(index(entities.run)),
  );
  if (wanted.length === 0) {
    throw new DataError('nothing-selected', {
      given: `${dataset}, which has no run ${labels.join(', ')} among those selected`,
      expected: `some of ${[...new Set(inputs.map(({ entities }) => entities.run ?? 'none'))].join(', ')}`,
      todo: 'Check --run.',
    });
  }
  if (wanted.every(({ volumeKind }) => !volumeKind)) return { runs: wanted, volumes: 'brain' };
  const runs = wanted.filter(({ volumeKind }) => volumeKind === volumes);
  if (runs.length > 0) return { runs, volumes };
  throw new DataError(`no-${volumes}-volumes`, {
    given: `${dataset}, whose series have one volume a ${volumes === 'prompt' ? 'token' : 'prompt'}`,
    expected: `series with one volume a ${volumes}${volumes === 'prompt' ? ': tokens of one prompt are not independent, and no tool models that' : ''}`,
    todo:
      volumes === 'prompt'
        ? "Make one from the recordings with 'boldbridge export RECORDINGS DATASET --volumes prompt' and hand that over, or ask for --volumes token."
        : "Leave --volumes out, or make one with 'boldbridge export RECORDINGS DATASET'.",
  });
}
