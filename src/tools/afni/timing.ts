import type { Event } from '../../core/event.js';
import type { HandoffCondition } from '../../core/handoff.js';

/** A condition's events as `-stim_times` or `-stim_times_AM1` wants them. */
export interface Timing {
  readonly option: '-stim_times' | '-stim_times_AM1';
  /** AFNI's response model: `BLOCK(12,1)`. */
  readonly model: string;
  /** Columns that it makes. */
  readonly columns: number;
  /** One line a run, seconds from that run's start; `*` where it has no event. */
  readonly text: string;
}

/** Seconds or amplitudes, to a microsecond. */
const shown = (value: number) => String(Number(value.toFixed(6)));
const SAME = 1e-6;

const durations = (events: readonly Event[]) => {
  const [first] = events;
  return events.every(({ duration }) => Math.abs(duration - first.duration) < SAME)
    ? first.duration
    : null;
};

/** A part of TR by which an interval is held short of the next volume. */
const SHORT = 1e-3;

/** When the volumes of an analysis are looked at. */
export interface Sampling {
  readonly repetitionTime: number;
  /** The moment of a volume its values belong to: 0 its start, 0.5 its middle. */
  readonly sliceTimeRef: number;
  readonly volumes: readonly number[]; // [runs]
}

/** Volumes at whose moment an event is on, as events of one volume each. */
function byVolume(
  event: Event,
  { repetitionTime, sliceTimeRef }: Sampling,
  volumes: number,
): Event[] {
  const { onset, duration } = event;
  const first = Math.max(0, Math.ceil(onset / repetitionTime - sliceTimeRef - SHORT));
  const found: Event[] = [];
  for (let k = first; k < volumes; k++) {
    if ((k + sliceTimeRef + SHORT) * repetitionTime >= onset + duration) break;
    found.push({ ...event, onset: k * repetitionTime, duration: repetitionTime });
  }
  return found;
}

/** What a condition is in the runs of an analysis; null in a run without its events. */
export type OfRuns = readonly (HandoffCondition | null)[]; // [runs]

/** `time`, `time*amplitude`, `time:duration`, `time*amplitude:duration`. */
const entry = (
  { onset, duration, modulation = 1 }: Event,
  { amplitudes, durations: timed }: { readonly amplitudes: boolean; readonly durations: boolean },
) =>
  `${shown(onset)}${amplitudes ? `*${shown(modulation)}` : ''}${timed ? `:${shown(duration)}` : ''}`;

const lines = (runs: readonly (readonly Event[])[], marks: Parameters<typeof entry>[1]) =>
  runs
    .map((own) => (own.length === 0 ? '*' : own.map((event) => entry(event, marks)).join(' ')))
    .map((line) => `${line}\n`)
    .join('');

/**
 * How AFNI is told of a condition's events.
 * - at once (no response): `EXPR(b,t) 1`, a boxcar that is on in volumes whose moment lies in an event;
 *   where durations differ, one event a volume.
 * - one duration d: `BLOCK(d,1)`, or `GAM` for d = 0; SPMG1 for the response spm, SPMG2 and SPMG3 with
 *   derivatives.
 * - several durations: `dmBLOCK(1)`.
 * Null where AFNI has no such response. Source: 3dDeconvolve -help, "STIMULUS OPTIONS".
 */
export function timingOf(condition: OfRuns, sampling: Sampling): Timing | null {
  const { response } = condition.find((own) => own !== null)!;
  const runs = condition.map((own) => own?.events ?? []);
  const all = runs.flat();
  const amplitudes = all.some(({ modulation = 1 }) => modulation !== 1);
  const option = amplitudes ? '-stim_times_AM1' : '-stim_times';
  const plain = (model: string, columns = 1): Timing => ({
    option,
    model,
    columns,
    text: lines(runs, { amplitudes, durations: false }),
  });
  const duration = durations(all);
  if (response.model === 'none') {
    const { repetitionTime: tr, sliceTimeRef } = sampling;
    const cut = runs.map((own, r) =>
      own.flatMap((event) => byVolume(event, sampling, sampling.volumes[r])),
    );
    if (cut.flat().length === 0) return null;
    // AFNI looks at the start of volumes: at the moment looked at here if events begin earlier.
    const early = sliceTimeRef * tr;
    const last = duration === null ? SHORT * tr : duration - early - SHORT * tr;
    const model = `EXPR(${shown(duration === null ? 0 : -early)},${shown(last)}) 1`;
    const text = lines(duration === null ? cut : runs, { amplitudes, durations: false });
    return { option, model, columns: 1, text };
  }
  if (response.model === 'fir') return null;
  if (response.derivative) {
    const name = response.dispersion ? 'SPMG3' : 'SPMG2';
    if (duration === null) return null;
    return plain(duration > 0 ? `${name}(${shown(duration)})` : name, response.dispersion ? 3 : 2);
  }
  if (duration === null)
    return {
      option: '-stim_times_AM1',
      model: 'dmBLOCK(1)',
      columns: 1,
      text: lines(runs, { amplitudes, durations: true }),
    };
  if (response.model === 'spm') return plain(duration > 0 ? `SPMG1(${shown(duration)})` : 'SPMG1');
  return plain(duration > 0 ? `BLOCK(${shown(duration)},1)` : 'GAM');
}
