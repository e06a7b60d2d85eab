import type { ModelContrast } from '../../../bids/stats-model.js';
import type { Response } from '../../../bids/transformations.js';
import type { Instruction } from '../../../bids/transformations-schema.js';
import type { Drift } from '../../../glm/design/drift.js';
import type { BrokenPolicy } from '../../../glm/fit/broken-units.js';
import type { Inference, NoiseModel, Permutations } from './request.js';

/** How runs are modelled, whether flags or a BIDS Stats Model said so. */
export interface Specification {
  readonly inference: Inference;
  readonly noise: NoiseModel;
  readonly drift: Drift;
  readonly censor: readonly string[];
  readonly broken: BrokenPolicy;
  readonly sliceTimeRef: number;
  /** Of prompts within runs; null where none. */
  readonly permutations: Permutations | null;
  readonly instructions: readonly Instruction[];
  /** Names or patterns of the variables that are modelled, beside the intercept. */
  readonly x: readonly string[];
  /** Responses given beside the instructions (Model.HRF). */
  readonly hrf: { readonly variables: readonly string[]; readonly response: Response } | null;
  /** Variables that get a contrast of their own. */
  readonly dummies: readonly (string | 1)[];
  /** Contrasts of design columns, as formulas: t, and F as `name = a; b`. */
  readonly formulas: readonly string[];
  readonly fFormulas: readonly string[];
  /** Contrasts of variables, as a model lists them. */
  readonly listed: readonly ModelContrast[];
}

/** Said wherever volumes are the sample though prompts are known. */
export const VOLUMES_WARNING =
  'Volumes are taken as the sample. Tokens of one prompt share a prompt-specific level, so on ' +
  'recordings of a language model this calls far more null units active than the nominal rate ' +
  '(measured at 0.05: OLS 0.38, AR(1) 0.26). Use it to compare with other tools; take prompts ' +
  'for inference.';
