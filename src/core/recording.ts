import type { Event } from './event.js';
import type { Module } from './module.js';
import type { Series } from './series.js';

/** How volumes relate to tokens, in the words of recording.json and the BIDS sidecar. */
export const TOKEN_VOLUME_RULES = {
  generate:
    'Volume k of a prompt holds the activations, at the last position, of the forward pass that produced generated token k; the first comes from the last position of the prompt. n tokens, n volumes.',
  read: 'Volume k of a prompt holds the activations at text token k.',
} as const;

export type TokenVolumeRule = keyof typeof TOKEN_VOLUME_RULES;

/** One token position of one prompt. */
export interface Volume {
  /** Seconds from the run's start. */
  readonly onset: number;
  /** Index of the prompt in its run, from 0. */
  readonly prompt: number;
  /** Index of the volume in its prompt, from 0. */
  readonly position: number;
  /** Index of the input token in the model's context, from 0; NaN where it is not known. */
  readonly contextPosition: number;
  readonly inputToken: string;
  readonly outputToken: string;
  /** Natural log of the model's probability of the output token (temperature 1). */
  readonly logProbability: number;
  /** Entropy of the model's next-token distribution, in nats. */
  readonly entropy: number;
}

/** What is needed to say where a recording came from. */
export interface Provenance {
  readonly model: {
    readonly id: string;
    readonly revision: string;
    readonly sha256: string;
    readonly dtype: string;
    readonly architecture: string;
    /** Width of an attention head where the model's configuration tells, else null. */
    readonly headWidth: number | null;
  };
  readonly seed: number;
  readonly sampling: Readonly<Record<string, number | boolean>>;
  readonly tokenVolumeRule: TokenVolumeRule;
  readonly versions: Readonly<Record<string, string>>;
  /** Hash of all that decides what the recording holds; null where it was made elsewhere. */
  readonly fingerprint: string | null;
}

/** BIDS's coordinates of one run. Labels are alphanumeric. */
export interface RunId {
  readonly subject: string;
  readonly session: string | null;
  readonly task: string;
  readonly run: number;
}

/** A run's prompt as it was presented: one event. */
export interface Stimulus {
  readonly event: Event;
  readonly text: string;
}

/** Units x volumes of one run. */
export interface Recording {
  readonly id: RunId;
  /** What the task asks of the model, in words; null where the study did not say. */
  readonly taskDescription: string | null;
  /** Seconds per volume. */
  readonly repetitionTime: number;
  readonly modules: readonly Module[];
  readonly volumes: readonly Volume[];
  readonly stimuli: readonly Stimulus[];
  readonly provenance: Provenance;
  readonly series: Series;
}
