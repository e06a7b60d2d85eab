import { type ImageRun, VOLUME_KINDS, type VolumeKind } from './image-run.js';
import type { JsonObject } from './json.js';

/** What a volume is and how long it lasts, for the sidecar. */
export function volumeRule({ volumes, last }: ImageRun): JsonObject {
  if (volumes === 'token') {
    return {
      Unit: 'token',
      Description:
        'One volume a token. Tokens of one prompt are not independent: statistics that take volumes as the sample call too many units active.',
      RepetitionTimeRule: "The recording's: tokens are given a time scale by convention.",
    };
  }
  const averaged = last === null ? 'all its tokens' : `its last ${last} tokens (all, if fewer)`;
  return {
    Unit: 'prompt',
    Description: `One volume a prompt: the mean of ${averaged}. Prompts are independent of each other: ordinary least squares over volumes is calibrated.`,
    ...(last !== null && { LastTokens: last }),
    RepetitionTimeRule:
      'The duration of a prompt in the token series where all prompts of the run last the same, else 1 s; where nilearn would not sample boxcars of that length exactly, the first of 1, 2, 0.5, 4, 1.5 and 3 s that it does.',
  };
}

/** What a series' volumes are, by its sidecar; null where no model was scanned. */
export function volumeKindOf(sidecar: JsonObject): VolumeKind | null {
  const { Unit } = (sidecar.Volumes ?? {}) as JsonObject;
  const kind = VOLUME_KINDS.find((own) => own === Unit);
  return kind ?? (sidecar.TokenVolumeRule === undefined ? null : 'token');
}
