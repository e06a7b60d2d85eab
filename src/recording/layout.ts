import { join } from 'node:path';
import type { RunId } from '../core/recording.js';

/** The files of a recording folder. */
export const FILES = {
  activations: 'activations.npy',
  modules: 'modules.tsv',
  volumes: 'volumes.tsv',
  events: 'events.tsv',
  about: 'recording.json',
} as const;

/** Where a run's folder lies under the recordings folder: `<subject>/[<session>/]<task>_run-<n>`. */
export function runFolder({ subject, session, task, run }: RunId): string {
  return join(subject, session ?? '', `${task}_run-${run}`);
}

/** What each format of the token-volume rule means, as recording.json and the BIDS sidecar say it. */
export const TOKEN_VOLUME_RULES = {
  generate:
    'Volume k of a prompt holds the activations, at the last position, of the forward pass that produced generated token k; the first comes from the last position of the prompt.',
  read: 'Volume k of a prompt holds the activations at text token k.',
} as const;
