import { DataError } from '../core/errors.js';
import type { Recording, Stimulus, Volume } from '../core/recording.js';
import type { Block, Series } from '../core/series.js';

/** Rows handed on together. */
const ROWS_PER_BLOCK = 16;
/** Relative difference of durations that still count as the same. */
const SAME = 1e-6;

/** The volumes of one prompt that are averaged: from `first` to before `end`. */
interface Span {
  readonly prompt: number;
  readonly first: number;
  readonly end: number;
}

/**
 * The same run with one volume a prompt, the mean of its tokens' activations (of the last `last` of
 * them where given; of all where a prompt has fewer). Log-probabilities and entropies are means, too;
 * input and output tokens are the texts of these tokens, joined.
 * A volume lasts as long as every prompt did where they all lasted the same, else 1 s, or what comes
 * nearest and keeps boxcars' shape in nilearn; events follow.
 * Volumes of no prompt (a prompt that is negative or NaN) are left out.
 * @throws DataError `data/prompt-in-pieces`, `data/prompt-without-event`, `data/no-prompts`
 */
export function promptVolumes(recording: Recording, last = Number.POSITIVE_INFINITY): Recording {
  const all = spansOf(recording);
  const spans = all.map((span) => ({ ...span, first: Math.max(span.first, span.end - last) }));
  const own = spans.map(({ prompt }) => recording.stimuli[prompt]);
  const repetitionTime = promptSeconds(own);
  const at = (k: number) => k * repetitionTime;
  return {
    ...recording,
    repetitionTime,
    volumes: spans.map((span, k) =>
      meanVolume(recording.volumes.slice(span.first, span.end), { prompt: k, onset: at(k) }),
    ),
    stimuli: own.map(({ event, text }, k) => ({
      event: { ...event, onset: at(k), duration: repetitionTime },
      text,
    })),
    series: spanMeans(recording.series, spans),
  };
}

/** Seconds a volume may stand for where prompts have no common duration that serves. */
const FALLBACKS = [1, 2, 0.5, 4, 1.5, 3] as const;
const LEAD = 24; // seconds before the run at which nilearn's grid begins
const OVERSAMPLING = 50;

/** Seconds a prompt's volume stands for. */
function promptSeconds(stimuli: readonly Stimulus[]): number {
  const durations = stimuli.map(({ event }) => event.duration);
  const mean = durations.reduce((sum, duration) => sum + duration, 0) / durations.length;
  const isCommon = durations.every((duration) => Math.abs(duration - mean) <= SAME * mean);
  const common = isCommon && mean > 0 ? [Number(mean.toPrecision(9))] : [];
  const serves = (seconds: number) => keepsBoxcars(stimuli.length, seconds);
  return [...common, ...FALLBACKS].find(serves) ?? 1;
}

/**
 * Whether nilearn's regressors find every volume: it samples a run about 50 times a volume from 24 s
 * before it on, and where rounding puts a sample just before an event's onset, or none falls on it, the
 * event begins too late by a sample; with one volume an event that changes the whole design. About one
 * run length in ten is hit at any repetition time.
 * Source: nilearn.glm.first_level.hemodynamic_models._sample_condition, its arithmetic step by step.
 */
function keepsBoxcars(volumes: number, seconds: number): boolean {
  if (volumes < 2) return true;
  const last = (volumes - 1) * seconds;
  const end = last * (1 + 1 / (volumes - 1));
  const samples = Math.round(((volumes - 1) / last) * (end + LEAD) * OVERSAMPLING) + 1;
  const step = (end + LEAD) / (samples - 1);
  const finds = (time: number, volume: number) => {
    const index = Math.round((LEAD / seconds + volume) * OVERSAMPLING);
    const at = index * step - LEAD;
    return at >= time && at - time < SAME * step;
  };
  for (let k = 0; k < volumes; k++) {
    const ends = k + 1 === volumes || finds(k * seconds + seconds, k + 1);
    if (!finds(k * seconds, k) || !ends) return false;
  }
  return true;
}

function spansOf({ volumes, stimuli, id }: Recording): Span[] {
  const refuse = (fault: string, given: string, expected: string) =>
    new DataError(fault, {
      given: `sub-${id.subject} task-${id.task} run-${id.run}, ${given}`,
      expected,
      todo: 'Mend volumes.tsv and events.tsv, or export one volume a token.',
    });
  const spans: Span[] = [];
  const seen = new Set<number>();
  for (let first = 0, end = 0; first < volumes.length; first = end) {
    const { prompt } = volumes[first];
    while (end < volumes.length && Object.is(volumes[end].prompt, prompt)) end++;
    if (!(prompt >= 0)) continue;
    if (seen.has(prompt)) {
      const given = `whose prompt ${prompt} goes on at volume ${first} after others`;
      throw refuse('prompt-in-pieces', given, 'the volumes of a prompt one after the other');
    }
    if (!stimuli[prompt]) {
      const given = `whose prompt ${prompt} has no event`;
      throw refuse('prompt-without-event', given, 'an event for each prompt, in their order');
    }
    seen.add(prompt);
    spans.push({ prompt, first, end });
  }
  if (spans.length === 0) throw refuse('no-prompts', 'no volume of which has a prompt', 'prompts');
  return spans;
}

function meanVolume(own: readonly Volume[], place: Pick<Volume, 'prompt' | 'onset'>): Volume {
  const mean = (key: 'logProbability' | 'entropy' | 'position' | 'contextPosition') =>
    own.reduce((sum, volume) => sum + volume[key], 0) / own.length;
  return {
    ...place,
    position: mean('position'),
    contextPosition: mean('contextPosition'),
    inputToken: own.map(({ inputToken }) => inputToken).join(''),
    outputToken: own.map(({ outputToken }) => outputToken).join(''),
    logProbability: mean('logProbability'),
    entropy: mean('entropy'),
  };
}

/** Means over spans of volumes that follow each other; read once, one sum in memory. */
function spanMeans(series: Series, spans: readonly Span[]): Series {
  const { units } = series;
  async function* rows(): AsyncGenerator<Float64Array> {
    let current = 0;
    let sums = new Float64Array(units); // [units]
    for await (const { first, volumes, values } of series.blocks()) {
      for (let row = 0; row < volumes && current < spans.length; row++) {
        const span = spans[current];
        if (first + row < span.first) continue;
        for (let u = 0; u < units; u++) sums[u] += values[row * units + u];
        if (first + row + 1 < span.end) continue;
        yield sums.map((sum) => sum / (span.end - span.first)); // [units]
        sums = new Float64Array(units);
        current += 1;
      }
    }
  }
  async function* blocks(): AsyncGenerator<Block> {
    const values = new Float64Array(ROWS_PER_BLOCK * units); // [ROWS_PER_BLOCK, units]
    let first = 0;
    let volumes = 0;
    for await (const row of rows()) {
      values.set(row, volumes++ * units);
      if (volumes < ROWS_PER_BLOCK && first + volumes < spans.length) continue;
      yield { first, volumes, values: values.subarray(0, volumes * units) };
      first += volumes;
      volumes = 0;
    }
  }
  return { volumes: spans.length, units, blocks };
}
