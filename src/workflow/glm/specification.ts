import type { ModelContrast } from '../../bids/stats-model.js';
import type { Response } from '../../bids/transformations.js';
import type { Instruction } from '../../bids/transformations-schema.js';
import { DesignError } from '../../core/errors.js';
import type { NetworkRule } from '../../glm/contrast/threshold.js';
import type { Drift } from '../../glm/design/drift.js';
import type { Hrf } from '../../glm/design/hrf.js';
import type { BrokenPolicy } from '../../glm/fit/broken-units.js';
import type { Noise } from '../../glm/fit/fit.js';

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

/** Whether a fit can leave out units from which no statistic can be made, and go on. */
export const canMask = (inference: Inference, noise: NoiseModel): boolean =>
  inference === 'prompts' || (inference === 'volumes' && noise !== 'arma');

type Choices = Pick<
  GlmRequest,
  'inference' | 'noise' | 'censor' | 'broken' | 'permutations' | 'seed'
>;

/**
 * What inference and noise are where nothing is said, and whether they go together.
 * @throws DesignError `no-prompts`, `noise-of-prompts`, `censor-of-prompts`, `broken-of-inference`,
 *   `permutations-of-volumes`
 */
export function settle(asked: Choices, hasPrompts: boolean) {
  const inference = asked.inference ?? (hasPrompts ? 'prompts' : 'volumes');
  const noise = asked.noise ?? (inference === 'volumes' ? 'ar1' : 'ols');
  const censor = asked.censor ?? [];
  const fitsMoments = canMask(inference, noise);
  const broken = asked.broken ?? (fitsMoments ? 'mask' : 'refuse');
  if (inference !== 'volumes' && !hasPrompts) {
    throw new DesignError('no-prompts', {
      given: `inference '${inference}', on events without a column prompt`,
      expected: 'events that name the prompt of each row',
      todo: 'Add the column, or ask for --inference volumes.',
    });
  }
  if (inference !== 'volumes' && noise !== 'ols') {
    throw new DesignError('noise-of-prompts', {
      given: `${noise} noise with inference '${inference}'`,
      expected: 'ols: prompts are independent of each other',
      todo: 'Leave --noise out, or ask for --inference volumes.',
    });
  }
  if (censor.length > 0 && (inference !== 'volumes' || noise === 'arma')) {
    throw new DesignError('censor-of-prompts', {
      given: `censored volumes with inference '${inference}', noise ${noise}`,
      expected: "inference 'volumes' with noise ols or ar1 to ar9",
      todo: 'Leave --censor out, or ask for --inference volumes.',
    });
  }
  if (broken === 'mask' && !fitsMoments) {
    throw new DesignError('broken-of-inference', {
      given: `masking of broken units with inference '${inference}', noise ${noise}`,
      expected: "inference 'prompts', or 'volumes' with noise ols or ar1 to ar9",
      todo: 'Leave those units out of the mask with --mask.',
    });
  }
  const count = asked.permutations;
  if (count !== undefined && inference !== 'prompts') {
    throw new DesignError('permutations-of-volumes', {
      given: `permutations with inference '${inference}'`,
      expected: "inference 'prompts': volumes of one prompt are not exchangeable",
      todo: 'Leave --permutations out, ask for --inference prompts, or permute subjects with --group.',
    });
  }
  const permutations = count === undefined ? null : { count, seed: asked.seed ?? 0 };
  return { inference, noise, censor, broken, permutations } as const;
}

/** Where volumes are the sample, a group's permutations are of subjects alone. */
function ofRuns(request: GlmRequest, hasPrompts: boolean): GlmRequest {
  const { inference = hasPrompts ? 'prompts' : 'volumes' } = request;
  return request.group && inference !== 'prompts'
    ? { ...request, permutations: undefined }
    : request;
}

/** The variables that events make when their types are told apart. */
export const CONDITIONS = 'trial_type.*';

/**
 * The model that flags ask for. Where the events name prompts, activations respond at once and prompts
 * are the sample: a boxcar, no drift, least squares over prompt means. Other data are modelled as fMRI:
 * the glover response, cosine drift slower than 0.01 Hz, AR(1), as nilearn does by default.
 * @throws DesignError as `settle`, and `fir-delays`
 */
export function specify(request: GlmRequest, hasPrompts: boolean): Specification {
  const hrf = request.hrf ?? (hasPrompts ? 'none' : 'glover');
  if (request.firDelays && hrf !== 'fir') {
    throw new DesignError('fir-delays', {
      given: `delays with hrf '${hrf}'`,
      expected: "hrf 'fir'",
      todo: 'Ask for --hrf fir, or leave --fir-delays out.',
    });
  }
  const [name, ...more] = hrf.split(' + ');
  const quote = request.baseline.includes("'") ? '"' : "'";
  const convolve: Instruction = {
    Name: 'Convolve',
    Input: [CONDITIONS],
    Model: name === 'spm' || name === 'fir' ? name : 'glover',
    Derivative: more.includes('derivative'),
    Dispersion: more.includes('dispersion'),
    ...(request.firDelays && { FIRDelays: [...request.firDelays] }),
  };
  return {
    ...settle(ofRuns(request, hasPrompts), hasPrompts),
    drift: request.drift ?? (hasPrompts ? { model: 'none' } : { model: 'cosine', highPass: 0.01 }),
    sliceTimeRef: request.sliceTimeRef,
    instructions: [
      {
        Name: 'Filter',
        Input: ['trial_type'],
        Query: `trial_type != ${quote}${request.baseline}${quote}`,
      },
      { Name: 'Factor', Input: ['trial_type'] },
      ...(hrf === 'none' ? [] : [convolve]),
    ],
    x: [CONDITIONS, ...request.confounds],
    hrf: null,
    dummies: request.contrasts.length > 0 ? [] : [CONDITIONS],
    formulas: request.contrasts,
    fFormulas: request.fContrasts ?? [],
    listed: [],
  };
}

/** A threshold rule in words. */
export function describeRule(rule: NetworkRule): string {
  if (rule.method === 'fixed') return `fixed |z| of ${rule.z}`;
  if (rule.method === 'top') return `the ${rule.percent}% of units with the largest |z|`;
  if (rule.method === 'permutation') return `permutations, family-wise at ${rule.alpha}, two-sided`;
  return `${rule.method} at ${rule.alpha}, two-sided`;
}
