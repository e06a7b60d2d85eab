import { EventsError } from '../../core/errors.js';
import type { Event } from '../../core/event.js';

/** Rounding allowed in onsets, in seconds. */
export const TIME_TOLERANCE = 1e-6;

const describe = ({ trialType, onset, duration }: Event) =>
  `event '${trialType}' at ${onset} s lasting ${duration} s`;

function checkTrialType(event: Event): void {
  if (event.trialType.trim() !== '' && event.trialType !== 'n/a') return;
  throw new EventsError('no-trial-type', {
    given: `${describe(event)}, whose trial type is empty or n/a`,
    expected: 'a name for every event',
    todo: 'Fill the trial_type column, or leave the row out.',
  });
}

/** nilearn adds such events up; here they are taken for a mistake. */
function checkDuplicates(events: readonly Event[]): void {
  const seen = new Set<string>();
  for (const event of events) {
    const key = JSON.stringify([event.trialType, event.onset, event.duration]);
    if (seen.has(key)) {
      throw new EventsError('duplicate', {
        given: `${describe(event)}, twice`,
        expected: 'each event once',
        todo: 'Remove the double row; to weigh an event, give it a modulation.',
      });
    }
    seen.add(key);
  }
}

/**
 * Refuses events that no regressor can be made of.
 * @param run its end and the time between volumes, in seconds.
 * @throws EventsError `none`, `no-trial-type`, `not-finite`, `negative`, `beyond-run`, or `duplicate`.
 */
export function checkEvents(
  events: readonly Event[],
  run: { readonly end: number; readonly repetitionTime: number },
): void {
  if (events.length === 0) {
    throw new EventsError('none', {
      given: 'no events',
      expected: 'at least one event',
      todo: 'Check that the events file is the one of this run.',
    });
  }
  for (const event of events) {
    checkTrialType(event);
    const { onset, duration, modulation = 1 } = event;
    if (![onset, duration, modulation].every(Number.isFinite)) {
      throw new EventsError('not-finite', {
        given: `${describe(event)}, modulation ${modulation}`,
        expected: 'finite numbers',
        todo: 'Give the event an onset and a duration in seconds, or leave it out.',
      });
    }
    if (onset < 0 || duration < 0) {
      throw new EventsError('negative', {
        given: describe(event),
        expected: 'an onset and a duration of 0 or more, in seconds from the first volume',
        todo: 'Shift the onsets so that the run starts at 0.',
      });
    }
    const startsInside = onset < run.end - TIME_TOLERANCE;
    const endsInside = onset + duration <= run.end + run.repetitionTime + TIME_TOLERANCE;
    if (!startsInside || !endsInside) {
      throw new EventsError('beyond-run', {
        given: `${describe(event)}, in a run that ends at ${run.end} s`,
        expected: 'events that start in the run and end at most one volume after it',
        todo: 'Check the onsets (in seconds, not volumes) and the repetition time.',
      });
    }
  }
  checkDuplicates(events);
}
