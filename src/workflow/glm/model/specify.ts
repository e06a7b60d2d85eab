import type { Instruction } from '../../../bids/transformations-schema.js';
import { DesignError } from '../../../core/errors.js';
import type { GlmRequest } from './request.js';
import { settle } from './settle.js';
import type { Specification } from './specification.js';

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
