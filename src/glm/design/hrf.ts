import { gammaDensity } from '../../math/distributions.js';
import { roundHalfEven } from '../../math/round.js';

/** Canonical haemodynamic responses. */
type Response = 'spm' | 'glover';

/**
 * What an event's boxcar is convolved with, by nilearn's names: nothing; a canonical haemodynamic
 * response, alone, with its derivative in time, or with those in time and in dispersion; or the
 * response to each volume after the event on its own (finite impulse response).
 */
export type Hrf =
  | 'none'
  | Response
  | `${Response} + derivative`
  | `${Response} + derivative + dispersion`
  | 'fir';

/** All of them, for choices on a command line. */
export const HRFS: readonly Hrf[] = [
  'none',
  'spm',
  'spm + derivative',
  'spm + derivative + dispersion',
  'glover',
  'glover + derivative',
  'glover + derivative + dispersion',
  'fir',
];

/** A difference of two gamma densities: response minus `ratio` times undershoot. */
interface GammaDifference {
  readonly delay: number;
  readonly undershoot: number;
  readonly dispersion: number;
  readonly undershootDispersion: number;
  readonly ratio: number;
}

/** Source: nilearn.glm.first_level.hemodynamic_models (SPM12's spm_hrf; Glover 1999). Seconds. */
const MODELS: Readonly<Record<Response, GammaDifference>> = {
  spm: { delay: 6, undershoot: 16, dispersion: 1, undershootDispersion: 1, ratio: 0.167 },
  glover: { delay: 6, undershoot: 12, dispersion: 0.9, undershootDispersion: 0.9, ratio: 0.48 },
};

/** Samples of a regressor's fine time grid per volume. */
export const OVERSAMPLING = 50;

/** Seconds after an event that its response is followed. */
const KERNEL_LENGTH = 32;

/** Steps of the derivatives' difference quotients: seconds, and gamma scale. */
const [TIME_STEP, DISPERSION_STEP] = [0.1, 0.01];

/** A gamma difference on the fine grid, `onset` seconds late, scaled to sum to 1. */
function sampled(model: GammaDifference, repetitionTime: number, onset = 0): Float64Array {
  const { delay, undershoot, dispersion, undershootDispersion, ratio } = model;
  const step = repetitionTime / OVERSAMPLING;
  const samples = roundHalfEven(KERNEL_LENGTH / step);
  const kernel = Float64Array.from({ length: samples }, (_, i) => {
    const time = (i * KERNEL_LENGTH) / (samples - 1) - onset - step;
    const peak = gammaDensity(time, delay / dispersion, dispersion);
    const dip = gammaDensity(time, undershoot / undershootDispersion, undershootDispersion);
    return peak - ratio * dip;
  }); // [samples]
  const sum = kernel.reduce((a, b) => a + b, 0);
  return kernel.map((value) => value / sum);
}

const quotient = (a: Float64Array, b: Float64Array, step: number) =>
  a.map((value, i) => (value - b[i]) / step);

/** How the response changes as it comes earlier. */
function timeDerivative(model: GammaDifference, repetitionTime: number): Float64Array {
  const late = sampled(model, repetitionTime, TIME_STEP);
  return quotient(sampled(model, repetitionTime), late, TIME_STEP); // [samples]
}

/** How the response changes as it narrows; nilearn's undershoot has scale 1 here, even glover's. */
function dispersionDerivative(model: GammaDifference, repetitionTime: number): Float64Array {
  const narrow = { ...model, undershootDispersion: 1 };
  const wide = { ...narrow, dispersion: model.dispersion + DISPERSION_STEP };
  return quotient(sampled(narrow, repetitionTime), sampled(wide, repetitionTime), DISPERSION_STEP);
}

/** One column of a condition: what its boxcars are convolved with, and what its name ends in. */
export interface Kernel {
  /** Nothing, `_derivative`, `_dispersion`, `_delay_2`. */
  readonly suffix: string;
  readonly values: Float64Array; // [samples]
}

/** The mean over the volume that comes `delay` volumes later. */
function impulse(delay: number): Kernel {
  const values = new Float64Array((delay + 1) * OVERSAMPLING);
  return { suffix: `_delay_${delay}`, values: values.fill(1 / OVERSAMPLING, delay * OVERSAMPLING) };
}

/**
 * The kernels of a condition's columns, in their order. `firDelays`, in volumes, is for `fir` only.
 * Source: nilearn.glm.first_level.hemodynamic_models._hrf_kernel and _regressor_names. Its samples are
 * 32/(N-1) seconds apart though the grid's are `repetitionTime / OVERSAMPLING`: kept, to agree with it.
 */
export function namedKernels(
  hrf: Hrf,
  repetitionTime: number,
  firDelays: readonly number[] = [0],
): Kernel[] {
  if (hrf === 'none') return [{ suffix: '', values: Float64Array.of(1) }];
  if (hrf === 'fir') return firDelays.map(impulse);
  const [name, ...derivatives] = hrf.split(' + ');
  const model = MODELS[name === 'spm' ? 'spm' : 'glover'];
  const kernels: Kernel[] = [{ suffix: '', values: sampled(model, repetitionTime) }];
  if (derivatives.includes('derivative'))
    kernels.push({ suffix: '_derivative', values: timeDerivative(model, repetitionTime) });
  if (derivatives.includes('dispersion'))
    kernels.push({ suffix: '_dispersion', values: dispersionDerivative(model, repetitionTime) });
  return kernels;
}

/** The kernels alone. */
export function hrfKernels(
  hrf: Hrf,
  repetitionTime: number,
  firDelays?: readonly number[],
): Float64Array[] {
  return namedKernels(hrf, repetitionTime, firDelays).map(({ values }) => values); // [kernels][samples]
}
