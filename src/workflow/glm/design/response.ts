import type { HemodynamicModel } from '../../../bids/image-run.js';
import type { Response } from '../../../bids/transformations.js';
import { DesignError } from '../../../core/errors.js';
import type { Hrf } from '../../../glm/design/hrf.js';
import type { RunInput } from '../inputs/run-input.js';

/** The response all runs were convolved with when they were exported; undefined where there is none. */
export function responseOf(inputs: readonly RunInput[]): HemodynamicModel | undefined {
  const models = new Set(inputs.map(({ hemodynamics }) => hemodynamics ?? null));
  const [model] = models;
  return models.size === 1 && model !== null ? model : undefined;
}

/**
 * Data that were convolved are modelled with the same response (derivatives may join it), or with one
 * that assumes no shape (fir).
 * @throws DesignError `design/hrf-of-data`
 */
export function requireResponse({ hemodynamics, source }: RunInput, hrf: Hrf): void {
  if (!hemodynamics || hrf === 'fir' || hrf.split(' + ')[0] === hemodynamics) return;
  throw new DesignError('hrf-of-data', {
    given: `the response '${hrf}' for ${source}, which was convolved with ${hemodynamics} when it was exported`,
    expected: `'${hemodynamics}', alone or with derivatives, or 'fir'`,
    todo: `Ask for --hrf ${hemodynamics} (in a model: Convolve), or export without --hemodynamics.`,
  });
}

/**
 * Said of convolved data. The rates are of 3,000 simulated null units: 80 prompts of 12 tokens, a
 * repetition time of 1 s, blocks of 4, an intraclass correlation of 0.3, the spm response.
 */
export const HEMODYNAMICS_WARNING =
  'The data were convolved with a haemodynamic response when they were exported: neighbouring prompts ' +
  'run into each other, and more null units are called active than the nominal rate (measured at 0.05: ' +
  'prompts as the sample 0.11, volumes with AR(1) 0.45). Export without --hemodynamics for inference.';

/** A Convolve's response by its name here. @throws DesignError `hrf` */
export function hrfOf(response: Response | undefined): Hrf {
  if (!response) return 'none';
  const { model, derivative, dispersion } = response;
  if (model === 'fir' || model === 'FIR') return 'fir';
  const name = model === 'glover' ? 'glover' : 'spm';
  if (dispersion && !derivative) {
    throw new DesignError('hrf', {
      given: 'a dispersion derivative without the derivative in time',
      expected: 'Derivative wherever there is Dispersion',
      todo: 'Set Derivative of Convolve to true.',
    });
  }
  if (!derivative) return name;
  return dispersion ? `${name} + derivative + dispersion` : `${name} + derivative`;
}
