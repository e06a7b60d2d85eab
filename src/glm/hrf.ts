import { gammaDensity } from '../math/distributions.js';
import { roundHalfEven } from '../math/round.js';

/** What an event's boxcar is convolved with: nothing, or a canonical haemodynamic response. */
export type Hrf = 'none' | 'spm' | 'glover';

/** A difference of two gamma densities: response minus `ratio` times undershoot. */
interface GammaDifference {
  readonly delay: number;
  readonly undershoot: number;
  readonly dispersion: number;
  readonly undershootDispersion: number;
  readonly ratio: number;
}

/** Source: nilearn.glm.first_level.hemodynamic_models (SPM12's spm_hrf; Glover 1999). Seconds. */
const MODELS: Readonly<Record<Exclude<Hrf, 'none'>, GammaDifference>> = {
  spm: { delay: 6, undershoot: 16, dispersion: 1, undershootDispersion: 1, ratio: 0.167 },
  glover: { delay: 6, undershoot: 12, dispersion: 0.9, undershootDispersion: 0.9, ratio: 0.48 },
};

/** Samples of a regressor's fine time grid per volume. */
export const OVERSAMPLING = 50;

/** Seconds after an event that its response is followed. */
const KERNEL_LENGTH = 32;

/** A gamma difference on the fine grid, scaled to sum to 1. */
function sampled(model: GammaDifference, repetitionTime: number): Float64Array {
  const { delay, undershoot, dispersion, undershootDispersion, ratio } = model;
  const step = repetitionTime / OVERSAMPLING;
  const samples = roundHalfEven(KERNEL_LENGTH / step);
  const kernel = Float64Array.from({ length: samples }, (_, i) => {
    const time = (i * KERNEL_LENGTH) / (samples - 1) - step;
    const peak = gammaDensity(time, delay / dispersion, dispersion);
    const dip = gammaDensity(time, undershoot / undershootDispersion, undershootDispersion);
    return peak - ratio * dip;
  }); // [samples]
  const sum = kernel.reduce((a, b) => a + b, 0);
  return kernel.map((value) => value / sum);
}

/**
 * The kernels an event's boxcar is convolved with, one a column of its condition; a derivative would be
 * one more. Source: nilearn.glm.first_level.hemodynamic_models._hrf_kernel. Its samples are 32/(N-1)
 * seconds apart though the grid's are `repetitionTime / OVERSAMPLING`: kept, to agree with it.
 */
export function hrfKernels(hrf: Hrf, repetitionTime: number): Float64Array[] {
  return [hrf === 'none' ? Float64Array.of(1) : sampled(MODELS[hrf], repetitionTime)]; // [kernels][samples]
}
