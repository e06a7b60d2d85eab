import { DesignError } from '../../../core/errors.js';
import type { GlmRequest, Inference, NoiseModel } from './request.js';

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
