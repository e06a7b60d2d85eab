import type { BoldRun } from '../../../bids/runs.js';
import { FileError } from '../../../core/errors.js';

/** Seconds by which header and sidecar may differ: the header's are float32, sidecars are rounded. */
const SAME_TIME = 1e-3;

/**
 * Seconds, by the sidecar, else by the header.
 * @throws FileError `no-repetition-time`; `repetition-time` where the two do not agree
 */
export function repetitionTimeOf({ sidecar, bold }: BoldRun, ofHeader: number | null): number {
  const own = sidecar.RepetitionTime;
  const repetitionTime = typeof own === 'number' ? own : ofHeader;
  if (!(repetitionTime !== null && repetitionTime > 0)) throw noRepetitionTime(bold);
  if (ofHeader === null || Math.abs(ofHeader - repetitionTime) <= SAME_TIME) return repetitionTime;
  throw new FileError('repetition-time', {
    given: `${bold}, whose header says ${ofHeader} s between volumes and whose sidecar ${repetitionTime} s`,
    expected: `the same repetition time in both, to ${SAME_TIME} s`,
    todo: 'Find out which is right and mend the other: RepetitionTime in the _bold.json, or pixdim[4].',
  });
}

function noRepetitionTime(bold: string): FileError {
  return new FileError('no-repetition-time', {
    given: `${bold}, whose sidecar and header tell no repetition time`,
    expected: 'RepetitionTime in seconds',
    todo: 'Add it to the _bold.json.',
  });
}
