import { DataError } from '../core/errors.js';

/**
 * Pseudo-BOLD per stored step. One sd is 100 in S, so rounding errs by 1/400 sd at most and by
 * 0.5 / sqrt(12) / 100 = 1/693 sd in root mean square; S reaches 16,383, which is 63 sd.
 */
export const INT16_SLOPE = 0.5;
const LARGEST = 32767;

/**
 * The stored value of a voxel; 0 is 0.
 * @throws DataError `data/beyond-int16`
 */
export function toInt16(s: number): number {
  const stored = Math.round(s / INT16_SLOPE);
  if (Math.abs(stored) <= LARGEST) return stored;
  throw new DataError('beyond-int16', {
    given: `A pseudo-BOLD value of ${s}`,
    expected: `at most ${LARGEST * INT16_SLOPE}, 63 sd above the mean, for int16`,
    todo: 'Export with --dtype float32.',
  });
}
