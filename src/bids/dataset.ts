import { join } from 'node:path';
import type { Recording } from '../core/recording.js';
import { VERSION } from '../files/versions.js';
import { writeJson, writeText } from '../files/whole.js';
import type { LayoutName } from '../image/layout.js';
import { boldSidecar } from './bold-sidecar.js';
import { formatEvents } from './events.js';
import type { ExistingDataset } from './existing.js';
import { HEMODYNAMICS_IN_WORDS } from './hemodynamics.js';
import type { HemodynamicModel, ImageRun, VolumeKind } from './image-run.js';
import type { JsonObject } from './json.js';
import { SPACE_IN_WORDS } from './layout.js';
import { mergeTsv } from './merge-tsv.js';
import { formatParticipants, formatSessions, groupBy } from './participants.js';
import { runPath } from './paths.js';
import { factsOf, type RunFacts } from './run-facts.js';
import { copyJson, copyText, standing, standingJson } from './standing.js';
import { writeStim } from './stim.js';
import { stimulusFiles } from './stimuli.js';
import { BIDS_VERSION, type Templates, type Values } from './templates.js';

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
  options: {
    readonly volumes: readonly VolumeKind[];
    readonly hemodynamics?: HemodynamicModel | undefined;
    readonly layout?: LayoutName | undefined;
    readonly command?: string | undefined;
  },
): Values {
  const { volumes, hemodynamics = 'none', layout = 'depth', command } = options;
  return {
    volumes: VOLUMES_IN_WORDS[volumes.toSorted().join()],
    hemodynamics: HEMODYNAMICS_IN_WORDS[hemodynamics],
    space: SPACE_IN_WORDS[layout],
    bidsVersion: BIDS_VERSION,
    version: VERSION,
    command: command ?? 'Recordings of language models as pseudo-BOLD',
    tasks: [...groupBy(recordings, ({ id }) => id.task).keys()].join(', '),
    subjects: groupBy(recordings, ({ id }) => id.subject).size,
    runs: recordings.length,
  };
}

/** What a raw dataset's texts are made of. */
export interface RawText {
  readonly runs: readonly ImageRun[];
  readonly templates: Templates;
  /** The dataset they are added to: what it holds is kept, its tables grow. */
  readonly existing: ExistingDataset | null;
}

/**
 * Writes everything of a raw dataset but its images; beside an existing dataset, only what changes in
 * it may differ from what stands there.
 * @throws StudyError `study/bad-label`; FileError as the existing files' readers do
 */
export async function writeRawText(root: string, raw: RawText): Promise<void> {
  const { runs, templates, existing } = raw;
  const recordings = runs.map(({ recording }) => recording);
  for (const name of ['README.md', 'CHANGES', ...templates.extra]) await copyText(root, name, raw);
  await copyJson(root, 'dataset_description.json', raw);
  await copyJson(root, 'participants.json', raw);
  await writeSubjects(root, recordings.map(factsOf), raw);
  for (const [task, own] of groupBy(recordings, ({ id }) => id.task)) {
    const name = `task-${task}_events.json`;
    await writeJson(join(root, name), await eventsSidecar(name, own, raw));
  }
  const { texts, fileOf } = stimulusFiles(recordings, await takenStimuli(existing));
  for (const [name, text] of texts) await writeText(join(root, 'stimuli', name), text);
  for (const run of runs) {
    const { recording, entities } = run;
    const events = recording.stimuli.map(({ event }) => event);
    const place = (suffix: string, extension: string) =>
      join(root, runPath(recording.id, suffix, extension, entities));
    await writeText(place('events', '.tsv'), formatEvents(events, fileOf.get(recording)!));
    await writeJson(place('bold', '.json'), boldSidecar(run));
    await writeStim(root, run, templates);
  }
}

/** The tables of participants and of their sessions. */
async function writeSubjects(root: string, added: readonly RunFacts[], raw: RawText) {
  const { existing } = raw;
  const touched = new Set(added.map(({ id }) => id.subject));
  const staying = (existing?.staying ?? []).filter(({ id }) => touched.has(id.subject));
  const update = async (name: string, text: string) => {
    const old = await standing(existing, name);
    await writeText(join(root, name), old === null ? text : mergeTsv(old, text, name));
  };
  await update('participants.tsv', formatParticipants([...staying, ...added]));
  const inSessions = added.filter(({ id }) => id.session !== null);
  if (inSessions.length === 0) return;
  await copyJson(root, 'sessions.json', raw);
  for (const [subject, own] of groupBy(inSessions, ({ id }) => id.subject))
    await update(join(`sub-${subject}`, `sub-${subject}_sessions.tsv`), formatSessions(own));
}

async function eventsSidecar(
  name: string,
  own: readonly Recording[],
  { templates, existing }: RawText,
): Promise<JsonObject> {
  const old = await standingJson(existing, name);
  const sidecar = old ?? (await templates.json('events.json'));
  const types = own.flatMap(({ stimuli }) => stimuli.map(({ event }) => event.trialType));
  const levels = [...new Set(types)].map((type) => [type, `Prompts of the condition ${type}`]);
  const trialType = sidecar.trial_type as JsonObject | undefined;
  const modulated = own.some(({ stimuli }) =>
    stimuli.some(({ event }) => event.modulation !== undefined),
  );
  return {
    ...sidecar,
    trial_type: {
      ...trialType,
      Levels: { ...Object.fromEntries(levels), ...(trialType?.Levels as JsonObject | undefined) },
    },
    ...(modulated && { modulation: { Description: 'Amplitude of the regressor' } }),
  };
}

async function takenStimuli(existing: ExistingDataset | null): Promise<Map<string, string>> {
  const names = new Set((existing?.staying ?? []).flatMap(({ stimuli }) => stimuli));
  const texts = new Map<string, string>();
  for (const name of names)
    texts.set(name, (await standing(existing, join('stimuli', name))) ?? '');
  return texts;
}
