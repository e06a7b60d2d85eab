import { DesignError } from '../../core/errors.js';
import type { ThresholdRule } from '../../glm/contrast/threshold.js';
import type { Drift } from '../../glm/design/drift.js';
import type { Hrf } from '../../glm/design/hrf.js';
import type { Noise } from '../../glm/fit/fit.js';

/** What is the sample: prompts (each prompt's mean is one observation), or volumes. */
export type Inference = 'prompts' | 'volumes';

/** What the user asked for; what is undefined is chosen from the data. */
export interface GlmRequest {
  readonly inference?: Inference | undefined;
  readonly noise?: Noise | undefined;
  readonly hrf?: Hrf | undefined;
  readonly drift?: Drift | undefined;
  readonly confounds: readonly string[];
  /** The moment of a volume its values belong to: 0 its start, 1 its end. */
  readonly sliceTimeRef: number;
  /** Formulas; by default one contrast for each condition. */
  readonly contrasts: readonly string[];
  /** The condition that is not modelled: what the others are compared with. */
  readonly baseline: string;
  readonly rule: ThresholdRule;
}

/** How a run is modelled. */
export interface Specification {
  readonly inference: Inference;
  readonly noise: Noise;
  readonly hrf: Hrf;
  readonly drift: Drift;
}

/** Said wherever volumes are the sample though prompts are known. */
export const VOLUMES_WARNING =
  'Volumes are taken as the sample. Tokens of one prompt share a prompt-specific level, so on ' +
  'recordings of a language model this calls far more null units active than the nominal rate ' +
  '(measured at 0.05: OLS 0.38, AR(1) 0.26). Use it to compare with other tools; take prompts ' +
  'for inference.';

/**
 * The model of a run. Where the events name prompts, activations respond at once and prompts are the
 * sample: a boxcar, no drift, least squares over prompt means. Other data are modelled as fMRI: the
 * glover response, cosine drift slower than 0.01 Hz, AR(1), as nilearn does by default.
 * @throws DesignError `design/no-prompts`, `design/noise-of-prompts`
 */
export function specify(request: GlmRequest, hasPrompts: boolean): Specification {
  const inference = request.inference ?? (hasPrompts ? 'prompts' : 'volumes');
  if (inference === 'prompts' && !hasPrompts) {
    throw new DesignError('no-prompts', {
      given: 'inference over prompts, on events without a column prompt',
      expected: 'events that name the prompt of each row',
      todo: 'Add the column, or ask for --inference volumes.',
    });
  }
  if (inference === 'prompts' && request.noise === 'ar1') {
    throw new DesignError('noise-of-prompts', {
      given: 'AR(1) noise with inference over prompts',
      expected: 'ols: prompts are independent of each other',
      todo: 'Leave --noise out, or ask for --inference volumes.',
    });
  }
  return {
    inference,
    noise: request.noise ?? (inference === 'prompts' ? 'ols' : 'ar1'),
    hrf: request.hrf ?? (hasPrompts ? 'none' : 'glover'),
    drift: request.drift ?? (hasPrompts ? { model: 'none' } : { model: 'cosine', highPass: 0.01 }),
  };
}

/** A threshold rule in words. */
export function describeRule(rule: ThresholdRule): string {
  return rule.method === 'fixed'
    ? `fixed |z| of ${rule.z}`
    : `${rule.method} at ${rule.alpha}, two-sided`;
}
