import type { NetworkRule } from '../../../glm/contrast/threshold.js';
import type { Drift } from '../../../glm/design/drift.js';
import type { Hrf } from '../../../glm/design/hrf.js';
import type { BrokenPolicy } from '../../../glm/fit/broken-units.js';
import type { Noise } from '../../../glm/fit/fit.js';

/**
 * What is the sample. prompts: each prompt's mean is one observation. mixed: volumes, with a random
 * level for each prompt, all runs of a task in one fit. cluster: volumes, with a variance that holds
 * whatever the correlation within prompts (CR2). volumes: volumes.
 */
export type Inference = 'prompts' | 'mixed' | 'cluster' | 'volumes';

/** Noise of the volumes; `arma` is ARMA(1,1). */
export type NoiseModel = Noise | 'arma';

/**
 * one-sample: is the mean over subjects 0? two-sample: do subjects of two kinds differ, by a column of
 * participants.tsv? paired: do two conditions differ within subjects, by session, task or a column of
 * the subjects' sessions.tsv?
 */
export type GroupRequest =
  | { readonly test: 'one-sample' }
  | { readonly test: 'two-sample' | 'paired'; readonly column: string };

/** How often data are rearranged, and from which random numbers. */
export interface Permutations {
  readonly count: number;
  readonly seed: number;
}

/** What the user asked for; what is undefined is chosen from the data. */
export interface GlmRequest {
  readonly inference?: Inference | undefined;
  readonly noise?: NoiseModel | undefined;
  readonly hrf?: Hrf | undefined;
  /** Volumes after an event, for the response `fir`. */
  readonly firDelays?: readonly number[] | undefined;
  readonly drift?: Drift | undefined;
  /** Names or patterns. */
  readonly confounds: readonly string[];
  /** Names or patterns of confounds of 0 and 1 that mark volumes to leave out. */
  readonly censor?: readonly string[] | undefined;
  /** Units that never change or are not finite: leave out (the default where it can be) or refuse. */
  readonly broken?: BrokenPolicy | undefined;
  /** The moment of a volume its values belong to: 0 its start, 1 its end. */
  readonly sliceTimeRef: number;
  /** Formulas; by default one contrast for each condition. */
  readonly contrasts: readonly string[];
  /** F tests, `name = a; b`. */
  readonly fContrasts?: readonly string[] | undefined;
  /** The condition that is not modelled: what the others are compared with. */
  readonly baseline: string;
  /** Rearrangements of prompts, and of subjects where a group is asked for. */
  readonly permutations?: number | undefined;
  readonly seed?: number | undefined;
  /** What is asked of all subjects together. */
  readonly group?: GroupRequest | undefined;
  readonly rule: NetworkRule;
}
