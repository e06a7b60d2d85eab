import type { BoldDtype, HemodynamicModel, ImageRun, VolumeKind } from '../../bids/image-run.js';
import { DataError } from '../../core/errors.js';
import type { Recording } from '../../core/recording.js';
import { promptVolumes } from '../../recording/prompt-volumes.js';
import { volumeKernel } from './hemodynamics.js';

/** What becomes of each recording. */
export interface SeriesOptions {
  /** What a volume is; a series of each kind is written. One volume a token by default. */
  readonly volumes?: readonly VolumeKind[] | undefined;
  /** Tokens averaged at the end of each prompt, where a volume is a prompt; all by default. */
  readonly last?: number | undefined;
  readonly dtype?: BoldDtype | undefined;
  /** The haemodynamic response that series of tokens are convolved with; none by default. */
  readonly hemodynamics?: HemodynamicModel | undefined;
}

/** The kinds asked for, each once, tokens first. */
export function kindsOf({ volumes = ['token'] }: SeriesOptions): readonly VolumeKind[] {
  return [...new Set(volumes)].toSorted().reverse();
}

/** @throws DataError `data/last-of-tokens`, `data/hemodynamics-of-prompts` */
export function checkSeries(options: SeriesOptions): void {
  const hasPrompts = kindsOf(options).includes('prompt');
  if (options.last !== undefined && !hasPrompts) {
    throw new DataError('last-of-tokens', {
      given: `The last ${options.last} tokens of each prompt, for a series of one volume a token`,
      expected: 'a series of one volume a prompt, which averages tokens',
      todo: 'Add --volumes prompt, or leave --last out.',
    });
  }
  if (options.hemodynamics !== undefined && hasPrompts) {
    throw new DataError('hemodynamics-of-prompts', {
      given: `The ${options.hemodynamics} response, for a series of one volume a prompt`,
      expected: 'one volume a token: prompts would run into each other, which are independent now',
      todo: 'Leave --hemodynamics out, or export --volumes token.',
    });
  }
}

/** The series of each kind; those of tokens are named as such only where others stand beside them. */
export function imageRuns(
  recordings: readonly Recording[],
  options: SeriesOptions,
): readonly (readonly ImageRun[])[] {
  const kinds = kindsOf(options);
  const { last, dtype = 'float32', hemodynamics: model } = options;
  return kinds.map((volumes) =>
    recordings.map((recording): ImageRun => {
      if (volumes === 'token') {
        const entities = kinds.length > 1 ? { acq: 'token' } : {};
        const kernelOf = (of: HemodynamicModel) => volumeKernel(of, recording.repetitionTime);
        const hemodynamics = model ? { model, kernel: kernelOf(model) } : null;
        return { recording, volumes, entities, dtype, last: null, hemodynamics };
      }
      return {
        recording: promptVolumes(recording, last),
        volumes,
        entities: { acq: 'prompt' },
        dtype,
        last: last ?? null,
        hemodynamics: null,
      };
    }),
  );
}
