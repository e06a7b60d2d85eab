import type { Recording } from '../core/recording.js';
import type { Entities } from './entities.js';

/** What a volume of an exported series is. */
export const VOLUME_KINDS = ['token', 'prompt'] as const;
export type VolumeKind = (typeof VOLUME_KINDS)[number];

/** How images are stored. */
export const BOLD_DTYPES = ['float32', 'int16'] as const;
export type BoldDtype = (typeof BOLD_DTYPES)[number];

/** One series to be written: a recording whose volumes are tokens or prompts. */
export interface ImageRun {
  readonly recording: Recording;
  readonly volumes: VolumeKind;
  /** The `acq` entity that tells series of one run apart. */
  readonly entities: Entities;
  readonly dtype: BoldDtype;
  /** Tokens averaged at the end of each prompt; null for all, and where volumes are tokens. */
  readonly last: number | null;
}
