import type { Recording } from '../core/recording.js';
import type { Entities } from './entities.js';

/** What a volume of an exported series is. */
export const VOLUME_KINDS = ['token', 'prompt'] as const;
export type VolumeKind = (typeof VOLUME_KINDS)[number];

/** How images are stored. */
export const BOLD_DTYPES = ['float32', 'int16'] as const;
export type BoldDtype = (typeof BOLD_DTYPES)[number];

/** Haemodynamic responses that series may be convolved with. */
export const HEMODYNAMIC_MODELS = ['spm', 'glover'] as const;
export type HemodynamicModel = (typeof HEMODYNAMIC_MODELS)[number];

/** A response, and what a volume adds by it to its own and to later volumes. */
export interface Hemodynamics {
  readonly model: HemodynamicModel;
  readonly kernel: Float64Array; // [lags]
}

/** One series to be written: a recording whose volumes are tokens or prompts. */
export interface ImageRun {
  readonly recording: Recording;
  readonly volumes: VolumeKind;
  /** The `acq` entity that tells series of one run apart. */
  readonly entities: Entities;
  readonly dtype: BoldDtype;
  /** Tokens averaged at the end of each prompt; null for all, and where volumes are tokens. */
  readonly last: number | null;
  /** The haemodynamic response that the series is convolved with; null for none. */
  readonly hemodynamics: Hemodynamics | null;
}
