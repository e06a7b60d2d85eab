import type { HandoffRun } from '../../core/handoff.js';

/** Time bins of a volume in which SPM makes its regressors: its default. */
export const BINS = 16;

/**
 * The bin at which a volume is sampled, from 1: SPM samples (bin - 1)/16 of a volume after its start. Its
 * finite impulse responses add up the volume before that moment, ours the volume after it.
 */
export const samplingBin = ({ sliceTimeRef, conditions }: HandoffRun): number => {
  const isFir = conditions.some(({ response }) => response.model === 'fir');
  return Math.min(Math.round(sliceTimeRef * BINS) + (isFir ? BINS : 1), BINS);
};
