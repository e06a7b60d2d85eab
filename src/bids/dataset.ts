import { join } from 'node:path';
import type { Recording } from '../core/recording.js';
import { VERSION } from '../files/versions.js';
import { writeJson, writeText } from '../files/whole.js';
import { boldSidecar } from './bold-sidecar.js';
import { formatEvents } from './events.js';
import type { ImageRun, VolumeKind } from './image-run.js';
import { formatParticipants, formatSessions, groupBy } from './participants.js';
import { runPath } from './paths.js';
import { stimulusFiles } from './stimuli.js';
import { BIDS_VERSION, renderJson, renderText, type Values } from './templates.js';

/** By the kinds of volumes a dataset holds, sorted. */
const VOLUMES_IN_WORDS: Readonly<Record<string, string>> = {
  token: 'a volume is one token',
  prompt: 'a volume is one prompt, the mean of its tokens',
  'prompt,token':
    'a volume is one token (acq-token) or one prompt, the mean of its tokens (acq-prompt)',
};

/** What the templates of a dataset and of its derivative are filled with. */
export function datasetValues(
  recordings: readonly Recording[],
  options: { readonly volumes: readonly VolumeKind[]; readonly command?: string | undefined },
): Values {
  const { volumes, command } = options;
  return {
    volumes: VOLUMES_IN_WORDS[volumes.toSorted().join()],
    bidsVersion: BIDS_VERSION,
    version: VERSION,
    command: command ?? 'Recordings of language models as pseudo-BOLD',
    tasks: [...groupBy(recordings, ({ id }) => id.task).keys()].join(', '),
    subjects: groupBy(recordings, ({ id }) => id.subject).size,
    runs: recordings.length,
  };
}

/** Writes everything of a raw dataset but its images. Throws StudyError `study/bad-label`. */
export async function writeRawText(
  root: string,
  runs: readonly ImageRun[],
  values: Values,
): Promise<void> {
  const recordings = runs.map(({ recording }) => recording);
  for (const name of ['README.md', 'CHANGES']) {
    await writeText(join(root, name), await renderText(name, values));
  }
  await copyJson(root, 'dataset_description.json', values);
  await copyJson(root, 'participants.json', values);
  await writeText(join(root, 'participants.tsv'), formatParticipants(recordings));
  await writeSessions(root, recordings, values);
  for (const [task, own] of groupBy(recordings, ({ id }) => id.task)) {
    const types = own.flatMap(({ stimuli }) => stimuli.map(({ event }) => event.trialType));
    await writeJson(
      join(root, `task-${task}_events.json`),
      await eventsSidecar(types, own, values),
    );
  }
  const { texts, fileOf } = stimulusFiles(recordings);
  for (const [name, text] of texts) await writeText(join(root, 'stimuli', name), text);
  for (const run of runs) {
    const { recording, entities } = run;
    const events = recording.stimuli.map(({ event }) => event);
    const place = (suffix: string, extension: string) =>
      join(root, runPath(recording.id, suffix, extension, entities));
    await writeText(place('events', '.tsv'), formatEvents(events, fileOf.get(recording)!));
    await writeJson(place('bold', '.json'), boldSidecar(run));
  }
}

async function writeSessions(root: string, recordings: readonly Recording[], values: Values) {
  const inSessions = recordings.filter(({ id }) => id.session !== null);
  if (inSessions.length === 0) return;
  await copyJson(root, 'sessions.json', values);
  for (const [subject, own] of groupBy(inSessions, ({ id }) => id.subject)) {
    const path = join(root, `sub-${subject}`, `sub-${subject}_sessions.tsv`);
    await writeText(path, formatSessions(own));
  }
}

async function eventsSidecar(types: readonly string[], own: readonly Recording[], values: Values) {
  const template = await renderJson('events.json', values);
  const levels = [...new Set(types)].map((type) => [type, `Prompts of the condition ${type}`]);
  const modulated = own.some(({ stimuli }) =>
    stimuli.some(({ event }) => event.modulation !== undefined),
  );
  return {
    ...template,
    trial_type: { ...(template.trial_type as object), Levels: Object.fromEntries(levels) },
    ...(modulated && { modulation: { Description: 'Amplitude of the regressor' } }),
  };
}

async function copyJson(root: string, name: string, values: Values): Promise<void> {
  await writeJson(join(root, name), await renderJson(name, values));
}
