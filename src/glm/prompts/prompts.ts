import type { DesignMatrix } from '../../core/design.js';
import { DataError, EventsError } from '../../core/errors.js';
import type { Event } from '../../core/event.js';
import type { Series } from '../../core/series.js';
import { TIME_TOLERANCE } from '../design/check-events.js';
import type { BrokenPolicy } from '../fit/broken-units.js';

/** Rows handed on together. */
const ROWS_PER_BLOCK = 16;

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

/** A prompt's volumes as they are summed. */
interface OpenPrompt {
  readonly sums: Float64Array; // [units]
  seen: number;
  /** The last of them, not in the sums yet: added together, they cost a third. */
  readonly rows: Float32Array | Float64Array; // [TOGETHER, units]
}

/** Volumes of a prompt that are added to its sums together. */
const TOGETHER = 4;

function opened(units: number, like: Float32Array | Float64Array): OpenPrompt {
  const size = TOGETHER * units;
  const rows = like instanceof Float64Array ? new Float64Array(size) : new Float32Array(size);
  return { sums: new Float64Array(units), seen: 0, rows };
}

/** Adds gathered volumes to a prompt's sums in place, one after the other. */
function addTo(sums: Float64Array, rows: Float32Array | Float64Array, count: number): void {
  const units = sums.length;
  const [second, third, fourth] = [units, 2 * units, 3 * units];
  if (count === TOGETHER) {
    for (let u = 0; u < units; u++)
      sums[u] = sums[u] + rows[u] + rows[second + u] + rows[third + u] + rows[fourth + u];
    return;
  }
  for (let from = 0; from < count * units; from += units)
    for (let u = 0; u < units; u++) sums[u] += rows[from + u];
}

function requireFinite(sums: Float64Array, prompt: string): void {
  const unit = sums.findIndex((sum) => !Number.isFinite(sum));
  if (unit < 0) return;
  throw new DataError('not-finite', {
    given: `NaN or infinite values in prompt '${prompt}', first in unit ${unit} (counted from 0)`,
    expected: 'finite values in every volume and unit',
    todo: 'Leave those units out of the mask, or record the run again.',
  });
}

/**
 * A series of one row a prompt, the mean of its volumes; volumes in no prompt are left out. Read once,
 * with the sums of the prompts now open in memory: one, unless a prompt comes back later in the run.
 * Volumes of different prompts may come in any order, each prompt's own in theirs: prompts that are
 * whole wait for those before them.
 *
 * Prompts weigh the same whatever their number of tokens: tokens of a prompt share its level, so the
 * variance of a prompt's mean is mostly between prompts and hardly falls with more tokens.
 * Reading throws DataError `not-finite`, naming the prompt, unless broken units are masked later.
 */
export function promptMeans(
  series: Series,
  groups: PromptGroups,
  options: { readonly broken?: BrokenPolicy } = {},
): Series {
  const { prompts, promptOf, counts } = groups;
  const { units } = series;
  async function* rows() {
    const open = new Map<number, OpenPrompt>();
    const whole = new Map<number, OpenPrompt>();
    const spare: OpenPrompt[] = [];
    let next = 0;
    for await (const block of series.blocks()) {
      for (let v = 0; v < block.volumes; v++) {
        const prompt = promptOf[block.first + v];
        if (prompt < 0) continue;
        const own = open.get(prompt) ?? spare.pop() ?? opened(units, block.values);
        open.set(prompt, own);
        const { sums, rows } = own;
        const held = own.seen % TOGETHER;
        rows.set(block.values.subarray(v * units, (v + 1) * units), held * units);
        const isLast = ++own.seen === counts[prompt];
        if (isLast || held + 1 === TOGETHER) addTo(sums, rows, held + 1);
        if (!isLast) continue;
        open.delete(prompt);
        if (options.broken !== 'mask') requireFinite(sums, prompts[prompt]);
        for (let u = 0; u < units; u++) sums[u] /= own.seen;
        whole.set(prompt, own);
        for (let first = whole.get(next); first; first = whole.get(next)) {
          whole.delete(next++);
          yield first.sums; // [units]
          first.sums.fill(0);
          first.seen = 0;
          spare.push(first);
        }
      }
    }
  }
  async function* blocks() {
    const values = new Float64Array(ROWS_PER_BLOCK * units); // [volumes, units]
    let first = 0;
    let volumes = 0;
    for await (const row of rows()) {
      values.set(row, volumes++ * units);
      if (volumes < ROWS_PER_BLOCK && first + volumes < prompts.length) continue;
      yield { first, volumes, values: values.subarray(0, volumes * units) };
      first += volumes;
      volumes = 0;
    }
  }
  return { volumes: prompts.length, units, blocks };
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
