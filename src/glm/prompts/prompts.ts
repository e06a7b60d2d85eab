import type { DesignMatrix } from '../../core/design.js';
import { EventsError } from '../../core/errors.js';
import type { Event } from '../../core/event.js';
import { TIME_TOLERANCE } from '../design/check-events.js';

/** Which volumes belong to which prompt. */
export interface PromptGroups {
  /** One name a prompt, in the order in which the prompts end. */
  readonly prompts: readonly string[]; // [prompts]
  /** Index of each volume's prompt; -1 where it belongs to none. */
  readonly promptOf: Int32Array; // [volumes]
  /** Volumes of each prompt. */
  readonly counts: Int32Array; // [prompts]
}

/** The event on at each volume's time, -1 where none is. */
function eventOfVolume(events: readonly Event[], frameTimes: Float64Array): Int32Array {
  const eventOf = new Int32Array(frameTimes.length).fill(-1); // [volumes]
  events.forEach(({ onset, duration }, e) => {
    frameTimes.forEach((time, volume) => {
      if (time < onset - TIME_TOLERANCE || time >= onset + duration - TIME_TOLERANCE) return;
      if (eventOf[volume] >= 0) {
        throw new EventsError('overlap', {
          given: `volume ${volume} at ${time} s lies in the events at ${events[eventOf[volume]].onset} s and ${onset} s`,
          expected: 'each volume in one prompt at most',
          todo: 'Correct the onsets and durations, or model the volumes, not the prompts.',
        });
      }
      eventOf[volume] = e;
    });
  });
  return eventOf;
}

/**
 * Groups volumes by prompt: a volume belongs to the event with onset <= time < onset + duration, and
 * events of one prompt belong together; an event without a prompt's name is one of its own.
 * @throws EventsError `overlap`, or `no-volume` where a prompt has none.
 */
export function groupByPrompt(options: {
  readonly events: readonly Event[];
  readonly frameTimes: Float64Array; // [volumes]
}): PromptGroups {
  const { events, frameTimes } = options;
  const eventOf = eventOfVolume(events, frameTimes);
  const nameOf = events.map(({ prompt, onset }) => prompt ?? `event at ${onset} s`); // [events]
  const lastVolume = new Map<string, number>();
  eventOf.forEach((e, volume) => {
    if (e >= 0) lastVolume.set(nameOf[e], volume);
  });
  const missing = nameOf.filter((name) => !lastVolume.has(name));
  if (missing.length > 0) {
    throw new EventsError('no-volume', {
      given: `no volume in ${missing.join(', ')}`,
      expected: 'at least one volume between the onset and the end of every prompt',
      todo: 'Check the durations (seconds) and the repetition time, or leave those events out.',
    });
  }
  const prompts = [...lastVolume.keys()].sort((a, b) => lastVolume.get(a)! - lastVolume.get(b)!);
  const index = new Map(prompts.map((name, i) => [name, i]));
  const promptOf = eventOf.map((e) => (e < 0 ? -1 : index.get(nameOf[e])!));
  const counts = new Int32Array(prompts.length);
  for (const prompt of promptOf) if (prompt >= 0) counts[prompt]++;
  return { prompts, promptOf, counts };
}

/** The design over prompts: each row the mean of the prompt's rows, so that Y = X b still holds. */
export function promptDesign(design: DesignMatrix, groups: PromptGroups): DesignMatrix {
  const columns = design.names.length;
  const rows = groups.prompts.length;
  const values = new Float64Array(rows * columns); // [prompts, columns]
  groups.promptOf.forEach((prompt, volume) => {
    if (prompt < 0) return;
    for (let j = 0; j < columns; j++) {
      values[prompt * columns + j] += design.values[volume * columns + j] / groups.counts[prompt];
    }
  });
  return { names: design.names, rows, values };
}
