import type { Event } from '../../core/event.js';
import { roundHalfEven } from '../../math/round.js';
import { spacing } from './frame-times.js';
import { type Hrf, namedKernels, OVERSAMPLING } from './hrf.js';
import { orthogonalColumns } from './orthogonalise.js';

/** Seconds before the first volume at which the fine grid begins. */
const LEAD = 24;

/** Evenly spaced times in seconds. */
interface FineGrid {
  readonly start: number;
  readonly step: number;
  readonly samples: number;
}

/** Source: nilearn.glm.first_level.hemodynamic_models._sample_condition. */
function fineGrid(frameTimes: Float64Array): FineGrid {
  const volumes = frameTimes.length;
  const first = frameTimes[0];
  const last = frameTimes[volumes - 1];
  const end = last * (1 + 1 / (volumes - 1));
  const spans = ((volumes - 1) / (last - first)) * (end - first + LEAD);
  const samples = roundHalfEven(spans * OVERSAMPLING + 1);
  const start = first - LEAD;
  return { start, step: (end - start) / (samples - 1), samples };
}

/**
 * Part of a step by which rounding may move a time on the grid: without it, a boxcar without response would
 * leave out some events' first volumes, as nilearn's does.
 */
const ROUNDING = 1e-6;

/** How many steps a time is from the grid's start. */
function stepsTo({ start, step }: FineGrid, time: number): number {
  const steps = (time - start) / step;
  const whole = Math.round(steps);
  return Math.abs(steps - whole) < ROUNDING ? whole : steps;
}

/** Index of the first grid time not before `time`, at most the last. */
function indexFrom(grid: FineGrid, time: number): number {
  return Math.min(Math.max(0, Math.ceil(stepsTo(grid, time))), grid.samples - 1);
}

/**
 * The events' boxcars, convolved, on the fine grid. A boxcar is the running sum of a step up and a step
 * down, and convolution keeps running sums, so each event costs two kernels, not its whole duration.
 */
function convolved(events: readonly Event[], kernel: Float64Array, grid: FineGrid): Float64Array {
  const fine = new Float64Array(grid.samples); // [samples]
  const addStep = (at: number, height: number) => {
    const reach = Math.min(kernel.length, grid.samples - at);
    for (let k = 0; k < reach; k++) fine[at + k] += height * kernel[k];
  };
  for (const { onset, duration, modulation = 1 } of events) {
    const up = indexFrom(grid, onset);
    const down = indexFrom(grid, onset + duration);
    addStep(up, modulation);
    addStep(Math.min(down === up ? down + 1 : down, grid.samples - 1), -modulation);
  }
  for (let i = 1; i < fine.length; i++) fine[i] += fine[i - 1];
  return fine;
}

/** Values between the fine grid's times, by linear interpolation. */
function interpolated(fine: Float64Array, grid: FineGrid, times: Float64Array): Float64Array {
  return times.map((time) => {
    const at = Math.min(Math.max(stepsTo(grid, time), 0), grid.samples - 1);
    const left = Math.min(Math.floor(at), grid.samples - 2);
    return fine[left] + (at - left) * (fine[left + 1] - fine[left]);
  }); // [volumes]
}

/** What a condition's regressors are made of. */
export interface ConditionOptions {
  readonly events: readonly Event[];
  readonly frameTimes: Float64Array; // [volumes]
  readonly hrf: Hrf;
  /** Volumes after an event that `fir` takes on their own. */
  readonly firDelays?: readonly number[];
}

/** One column of a condition. */
export interface ConditionColumn {
  /** What its name adds to the condition's: nothing, `_derivative`, `_dispersion`, `_delay_2`. */
  readonly suffix: string;
  readonly values: Float64Array; // [volumes]
}

/**
 * A FIR column is the mean of the boxcar over the volume that begins at its time, so the grid is taken
 * a volume less one sample later.
 */
function shiftedGrid(grid: FineGrid): FineGrid {
  return { ...grid, samples: grid.samples - (OVERSAMPLING - 1) };
}

/**
 * One condition's columns, each with what its name ends in: each event a boxcar of its modulation,
 * convolved with each kernel of the HRF at 50 samples a volume, and taken at the volumes' times
 * (seconds, increasing, two or more). Derivatives are made orthogonal to the columns before them; FIR
 * columns are not. Source: nilearn.glm.first_level.hemodynamic_models.compute_regressor, but that rounding
 * does not move a time by a sample.
 */
export function conditionColumns(options: ConditionOptions): ConditionColumn[] {
  const { events, frameTimes, hrf, firDelays } = options;
  const grid = fineGrid(frameTimes);
  const kernels = namedKernels(hrf, spacing(frameTimes), firDelays);
  const columns = kernels.map(({ values }) => {
    const fine = convolved(events, values, grid);
    return hrf === 'fir'
      ? interpolated(fine.subarray(OVERSAMPLING - 1), shiftedGrid(grid), frameTimes)
      : interpolated(fine, grid, frameTimes);
  }); // [kernels][volumes]
  const finished = hrf === 'fir' ? columns : orthogonalColumns(columns);
  return kernels.map(({ suffix }, k) => ({ suffix, values: finished[k] }));
}

/** The columns alone. */
export function conditionRegressors(options: ConditionOptions): Float64Array[] {
  return conditionColumns(options).map(({ values }) => values); // [kernels][volumes]
}
