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
