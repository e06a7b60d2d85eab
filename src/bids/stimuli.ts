import type { Recording } from '../core/recording.js';
import { formatTsv } from '../files/tsv.js';
import { formatName } from './entities.js';

/** The tables of prompts below /stimuli, and which of them each recording presented. */
export interface StimulusFiles {
  readonly texts: ReadonlyMap<string, string>; // by file name
  readonly fileOf: ReadonlyMap<Recording, string>;
}

/**
 * One table a task and run, shared by the subjects who saw the same prompts in it. `taken` are tables
 * that stand there already, for other runs.
 */
export function stimulusFiles(
  recordings: readonly Recording[],
  taken: ReadonlyMap<string, string> = new Map(),
): StimulusFiles {
  const texts = new Map<string, string>();
  const fileOf = new Map<Recording, string>();
  const standing = (name: string) => texts.get(name) ?? taken.get(name);
  for (const recording of recordings) {
    const { task, run, subject, session } = recording.id;
    const text = promptTable(recording);
    const shared = { task, run: String(run) };
    const own = { ...shared, sub: subject, ...(session !== null && { ses: session }) };
    const names = [shared, own].map((entities) =>
      formatName({ entities, suffix: 'prompts', extension: '.tsv' }),
    );
    const name = names.find((candidate) => (standing(candidate) ?? text) === text)!;
    texts.set(name, text);
    fileOf.set(recording, name);
  }
  return { texts, fileOf };
}

function promptTable({ stimuli }: Recording): string {
  return formatTsv(
    ['prompt', 'trial_type', 'text'],
    stimuli.map(({ event, text }) => [event.prompt ?? null, event.trialType, text]),
  );
}
