import { DesignError } from '../../core/errors.js';

/**
 * The times of a run's volumes, in seconds from its start: (k + sliceTimeRef) TR. `sliceTimeRef` says
 * which moment of a volume its values belong to, 0 its start and 1 its end.
 */
export function frameTimesOf(options: {
  readonly volumes: number;
  readonly repetitionTime: number;
  readonly sliceTimeRef?: number;
}): Float64Array {
  const { volumes, repetitionTime, sliceTimeRef = 0 } = options;
  return Float64Array.from({ length: volumes }, (_, k) => (k + sliceTimeRef) * repetitionTime); // [volumes]
}

/** Mean seconds between volumes. */
export function spacing(frameTimes: Float64Array): number {
  const volumes = frameTimes.length;
  return (frameTimes[volumes - 1] - frameTimes[0]) / (volumes - 1);
}

/** @throws DesignError `frame-times` unless there are two or more finite, increasing times. */
export function checkFrameTimes(frameTimes: Float64Array): void {
  const increasing = frameTimes.every((time, k) =>
    k === 0 ? Number.isFinite(time) : time > frameTimes[k - 1] && Number.isFinite(time),
  );
  if (frameTimes.length >= 2 && increasing) return;
  throw new DesignError('frame-times', {
    given: `${frameTimes.length} volume times that do not increase throughout`,
    expected: 'two or more volumes at finite, increasing times in seconds',
    todo: 'Check the number of volumes and the repetition time.',
  });
}
