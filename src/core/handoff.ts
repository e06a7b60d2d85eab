import type { Contrast, DesignMatrix, FContrast } from './design.js';
import type { Event } from './event.js';

/** Packages that data are handed to. */
export const HANDOFF_TOOLS = ['fsl', 'spm', 'afni', 'nilearn'] as const;
export type HandoffToolName = (typeof HANDOFF_TOOLS)[number];

/**
 * Whose regressors are used. exact: the built-in GLM's, column for column. native: the tool makes its
 * own from the events, with its own response and drift, as a user would write by hand.
 */
export const HANDOFF_DESIGNS = ['exact', 'native'] as const;
export type HandoffDesign = (typeof HANDOFF_DESIGNS)[number];

/** What a volume is: a prompt's mean, a token, or (no model was scanned) a volume of a brain. */
export type HandoffVolumes = 'prompt' | 'token' | 'brain';

/** white: volumes are independent, prewhitening is off. serial: the tool's usual noise model. */
export type HandoffNoise = 'white' | 'serial';

/** What a column of the design is there for. Derivatives and delays are of their condition. */
export type ColumnRole = 'condition' | 'confound' | 'drift' | 'constant';

/** What a condition's boxcars are convolved with; none: activations respond at once. */
export interface HandoffResponse {
  readonly model: 'none' | 'spm' | 'glover' | 'fir';
  readonly derivative: boolean;
  readonly dispersion: boolean;
  /** Volumes after an event, for `fir`; empty for the others. */
  readonly delays: readonly number[];
}

/** One condition as events, for designs that the tool makes itself. */
export interface HandoffCondition {
  /** The name of its own column: `law`, not `trial_type.law`. */
  readonly name: string;
  /** Its columns in the design: its own, then derivatives; all delays of `fir`. */
  readonly columns: readonly string[];
  readonly response: HandoffResponse;
  /** One or more, none of amplitude 0; seconds from the run's first volume; `modulation` is the height. */
  readonly events: readonly Event[];
}

/** Slow changes the design takes out: none, cosines below `highPass` hertz, or a polynomial. */
export type HandoffDrift =
  | { readonly model: 'none' }
  | { readonly model: 'cosine'; readonly highPass: number }
  | { readonly model: 'polynomial'; readonly order: number };

/** What was found in a run's values inside its mask, before anything was written. */
export interface HandoffValues {
  /** Units inside the mask. */
  readonly units: number;
  /** The lowest mean over time of any unit. */
  readonly lowestMean: number;
  /** Units with a value of 0 or less in some volume. */
  readonly notPositive: number;
  /** Units that were taken out of the mask: they never change, or hold values that are not finite. */
  readonly leftOut: { readonly constant: number; readonly notFinite: number };
}

/**
 * One run as it is handed over. Its image is written anew, so that every tool can read it: NIfTI-1,
 * little-endian, float32 without scaling, time in the fourth dimension and its length in seconds in the
 * header, sform and qform alike with code 1, no intent, exact zeros outside the mask, no NaN.
 */
export interface HandoffRun {
  /** `sub-01_task-x_run-1`: its folder, too. Letters, digits, `_`, `-` and `+` only. */
  readonly name: string;
  /** `sub-01_task-x`: runs of one group are combined by fixed effects. */
  readonly group: string;
  /** Below the handoff's root, with slashes: `sub-01_task-x_run-1/bold.nii.gz`. */
  readonly bold: string;
  /** Units of `bold` to analyse: same grid, uint8. */
  readonly mask: string;
  /** Voxels along x, y and z. */
  readonly shape: readonly [number, number, number];
  readonly volumes: number;
  /** Seconds. */
  readonly repetitionTime: number;
  /** The moment of a volume at which the built-in design is sampled: 0 its start, 0.5 its middle. */
  readonly sliceTimeRef: number;
  /** The built-in GLM's design of this run, rows being volumes. */
  readonly design: DesignMatrix;
  /** Of each column of the design; the constant is always among them. */
  readonly roles: readonly ColumnRole[]; // [columns]
  readonly conditions: readonly HandoffCondition[];
  readonly drift: HandoffDrift;
  /** Tests, over the design's column names. */
  readonly contrasts: { readonly t: readonly Contrast[]; readonly f: readonly FContrast[] };
  /** The response that the series was convolved with when it was exported; null for none. */
  readonly hemodynamics: 'spm' | 'glover' | null;
  readonly values: HandoffValues;
}

/** All that a tool is handed. */
export interface HandoffStudy {
  readonly runs: readonly HandoffRun[]; // one or more
  readonly design: HandoffDesign;
  readonly volumes: HandoffVolumes;
  readonly noise: HandoffNoise;
}

/** A file of the handoff, its path below the root, with slashes. */
export type HandoffFile =
  | { readonly path: string; readonly text: string; readonly executable?: boolean }
  | { readonly path: string; readonly bytes: Uint8Array };
