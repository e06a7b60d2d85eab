import { DataError } from '../core/errors.js';
import { BASELINE } from './intensity.js';

/** Largest step: 1/200 sd, so that rounding errs by 1/500 sd at most (root mean square). */
const LARGEST_STEP = 0.5;
/** Steps finer than this would make a file of more than half of float32's size. */
const SMALLEST_STEP = 0.4;
/** One below int16's, for what a rounding error carried on may add. */
const LARGEST_STORED = 32766;

/** How pseudo-BOLD is stored as int16: S = slope x stored, no intercept, so that 0 is 0. */
export interface Int16Storage {
  /** Size of a step; 10000, where units that never change stand, is a whole number of steps. */
  readonly slope: number;
  /** 1 where a volume is the last of its prompt. */
  readonly isLast: Uint8Array; // [volumes]
}

/**
 * The finest storage that holds the given values, down to 1/250 sd a step.
 * @param largest the largest |S| there is in any unit and volume of the subject's session
 * @param promptOf the prompt of each volume; a prompt's volumes follow each other // [volumes]
 * @throws DataError `data/beyond-int16`
 */
export function int16Storage(largest: number, promptOf: readonly number[]): Int16Storage {
  const steps = Math.floor((BASELINE * LARGEST_STORED) / largest); // from 0 to 10000
  const slope = BASELINE / Math.min(steps, BASELINE / SMALLEST_STEP);
  if (slope > LARGEST_STEP) {
    throw new DataError('beyond-int16', {
      given: `A pseudo-BOLD value of ${Math.round(largest)}`,
      expected: `at most ${LARGEST_STORED * LARGEST_STEP}, 63 sd above the mean, for int16`,
      todo: 'Export with --dtype float32.',
    });
  }
  const isLast = Uint8Array.from(promptOf, (prompt, v) => (prompt === promptOf[v + 1] ? 0 : 1));
  return { slope, isLast };
}

/**
 * Rounds volumes, given in their order, to stored steps. Half of the rounding error that a unit has
 * gathered within a prompt is carried into its next volume, all of it into the prompt's last: the mean
 * over n volumes of a prompt errs by half a step / n at most, and a volume by one and a half steps.
 * Source of the principle, error feedback: Spang and Schultheiss 1962, IRE Trans. Commun. Syst. 10:373.
 */
export function int16Coder({ slope, isLast }: Int16Storage, units: number) {
  const gathered = new Float64Array(units); // [units] true less stored, in steps
  const stored = new Int16Array(units); // [units] overwritten by the next volume
  let volume = 0;
  return (values: ArrayLike<number>, from: number): Int16Array => {
    const end = isLast[volume++] === 1;
    const carried = end ? 1 : 0.5;
    for (let u = 0; u < units; u++) {
      const exact = values[from + u] / slope;
      const steps = Math.round(exact + carried * gathered[u]);
      stored[u] = steps;
      gathered[u] = end ? 0 : gathered[u] + exact - steps;
    }
    return stored;
  };
}
