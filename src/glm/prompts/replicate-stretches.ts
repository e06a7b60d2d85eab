import type { DesignMatrix } from '../../core/design.js';
import type { Event } from '../../core/event.js';
import { TIME_TOLERANCE } from '../design/check-events.js';
import type { PromptGroups } from './prompts.js';

/**
 * Volumes that stretches must have on average, for each lag and one more, or their sums take longer than
 * the volumes' own.
 */
const ENOUGH = 4;

/** Volumes that come first after an event's onset or end. */
function boundaries(events: readonly Event[], frameTimes: Float64Array): Set<number> {
  const first = (time: number) => frameTimes.findIndex((own) => own >= time - TIME_TOLERANCE);
  return new Set(events.flatMap(({ onset, duration }) => [first(onset), first(onset + duration)]));
}

/**
 * A run's volumes in stretches, from one onset or end of an event to the next and as long as they share a
 * row of the design, in the manner of prompts; null where stretches are short, as those of a design are
 * that changes with every volume, or one has fewer volumes than there are lags.
 */
export function replicateStretches(options: {
  readonly design: DesignMatrix;
  readonly events: readonly Event[];
  readonly frameTimes: Float64Array; // [volumes]
  /** Lags of the noise. */
  readonly lags: number;
}): PromptGroups | null {
  const { design, events, frameTimes, lags } = options;
  const { rows, values } = design;
  const p = design.names.length;
  const sharesRow = (t: number) =>
    design.names.every((_, j) => values[t * p + j] === values[(t - 1) * p + j]);
  const isBoundary = boundaries(events, frameTimes);
  const firsts = [...frameTimes.keys()].filter(
    (t) => t === 0 || isBoundary.has(t) || !sharesRow(t),
  );
  if (rows < ENOUGH * (1 + lags) * firsts.length) return null;
  const counts = Int32Array.from(firsts, (first, s) => (firsts[s + 1] ?? rows) - first);
  const promptOf = Int32Array.from(firsts.flatMap((_, s) => new Array<number>(counts[s]).fill(s)));
  if (counts.some((count) => count < lags)) return null;
  const prompts = firsts.map((first, s) => `volumes ${first} to ${first + counts[s] - 1}`);
  return { prompts, promptOf, counts };
}
