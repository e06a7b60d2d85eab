import type { DesignMatrix } from '../../core/design.js';
import type { Event } from '../../core/event.js';
import { TIME_TOLERANCE } from '../design/check-events.js';
import type { PromptGroups } from '../prompts/prompts.js';
import { MOST_COLUMNS } from '../prompts/sums/prompt-moments.js';

/**
 * Volumes that stretches must have on average, for each lag and one more, or their sums take longer than
 * the volumes' own.
 */
const ENOUGH = 4;

/** A run's volumes, cut where most of its design's columns change. */
export interface Stretches extends PromptGroups {
  /** Columns of the design that change within stretches, by number. */
  readonly within: readonly number[];
}

/** Volumes that come first after an event's onset or end. */
function boundaries(events: readonly Event[], frameTimes: Float64Array): Set<number> {
  const first = (time: number) => frameTimes.findIndex((own) => own >= time - TIME_TOLERANCE);
  return new Set(events.flatMap(({ onset, duration }) => [first(onset), first(onset + duration)]));
}

/**
 * A run's volumes in stretches, in the manner of prompts: from one onset or end of an event to the next, and
 * to where a column changes, unless it changes more often than there are onsets and ends, as drifts and
 * tokens' positions do. Null where such columns are many, or stretches short: as they are where every column
 * changes with every volume.
 */
export function stretchesOf(options: {
  readonly design: DesignMatrix;
  readonly events: readonly Event[];
  readonly frameTimes: Float64Array; // [volumes]
  /** Lags of the noise. */
  readonly lags: number;
}): Stretches | null {
  const { design, events, frameTimes, lags } = options;
  const { names, rows, values } = design;
  const p = names.length;
  const ofEvents = boundaries(events, frameTimes);
  const changes = names.map((_, j) =>
    Array.from({ length: rows - 1 }, (_, i) => i + 1).filter(
      (t) => !ofEvents.has(t) && values[t * p + j] !== values[(t - 1) * p + j],
    ),
  ); // [columns][volumes]
  const most = Math.max(ofEvents.size, 1);
  const within = [...names.keys()].filter((j) => changes[j].length > most);
  const cuts = new Set([
    0,
    ...ofEvents,
    ...changes.flatMap((own) => (own.length > most ? [] : own)),
  ]);
  const firsts = [...frameTimes.keys()].filter((t) => cuts.has(t));
  if (within.length > MOST_COLUMNS || rows < ENOUGH * (1 + lags) * firsts.length) return null;
  const counts = Int32Array.from(firsts, (first, s) => (firsts[s + 1] ?? rows) - first);
  const promptOf = Int32Array.from(firsts.flatMap((_, s) => new Array<number>(counts[s]).fill(s)));
  if (counts.some((count) => count < lags)) return null;
  const prompts = firsts.map((first, s) => `volumes ${first} to ${first + counts[s] - 1}`);
  return { prompts, promptOf, counts, within };
}
