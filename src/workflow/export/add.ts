import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExistingRun, readExisting } from '../../bids/existing.js';
import type { SessionId } from '../../bids/paths.js';
import { sessionFolder } from '../../bids/paths.js';
import { runKey, sessionKey } from '../../bids/run-facts.js';
import { DataError } from '../../core/errors.js';
import type { Recording } from '../../core/recording.js';
import { filesBelow } from '../../files/below.js';
import { stageBeside } from '../../files/whole.js';
import { type Contents, sessionsOf, writeDataset } from './dataset.js';
import { kindsOf, type SeriesOptions } from './image-runs.js';
import { installFile, installSession, sessionDiffers } from './install.js';
import { writeChanges } from './write-changes.js';

/** What became of the sessions that were given, in words: `sub-01 ses-a`. */
export interface SessionChanges {
  readonly added: readonly string[];
  readonly replaced: readonly string[];
  readonly unchanged: readonly string[];
}

/** How recordings relate to the dataset they are added to. */
export interface Addition {
  readonly staying: readonly ExistingRun[];
  readonly leaving: readonly ExistingRun[];
}

/**
 * What of a dataset stays and what is replaced: the sessions of which there are recordings. Intensity
 * spans a session, so that one is written from all its recordings or not at all.
 * @throws DataError `data/old-runs-missing`, `data/series-differ`; those of `readExisting`
 */
export async function planAddition(
  dataset: string,
  recordings: readonly Recording[],
  options: SeriesOptions,
): Promise<Addition> {
  const existing = await readExisting(dataset);
  const given = new Set(recordings.map(({ id }) => sessionKey(id)));
  const leaving = existing.filter(({ id }) => given.has(sessionKey(id)));
  const runs = new Set(recordings.map(({ id }) => runKey(id)));
  const missing = [...new Set(leaving.map(({ id }) => runKey(id)))].filter((key) => !runs.has(key));
  if (missing.length > 0) {
    throw new DataError('old-runs-missing', {
      given: `Recordings without ${missing.join(', ')}, which the dataset holds in a session that others are added to`,
      expected: "all recordings of that session: each unit's mean and sd span its runs",
      todo: 'Put the old recordings beside the new ones, or record the new ones as another session.',
    });
  }
  requireSameSeries(existing, options);
  return { staying: existing.filter((run) => !leaving.includes(run)), leaving };
}

/** A dataset's series are of the same kinds throughout, so that they can be analysed together. */
function requireSameSeries(existing: readonly ExistingRun[], options: SeriesOptions): void {
  const show = (kind: string, last: number | null | undefined, model: string | null | undefined) =>
    [kind, ...(last ? [`last ${last}`] : []), ...(model ? [`${model} response`] : [])].join(' ');
  const standing = [...new Set(existing.map((r) => show(r.volumes, r.last, r.hemodynamics)))];
  const asked = kindsOf(options).map((kind) =>
    show(kind, kind === 'prompt' ? options.last : null, options.hemodynamics),
  );
  if (standing.toSorted().join() === asked.toSorted().join()) return;
  throw new DataError('series-differ', {
    given: `Series of ${asked.join(' and ')}, for a dataset of series of ${standing.join(' and ')}`,
    expected: 'the same kinds of series in the whole dataset',
    todo: 'Give --volumes, --last and --hemodynamics as when it was exported, or name a new folder.',
  });
}

/**
 * Puts sessions into a dataset. All is written beside it first; then whole sessions and files are
 * renamed into their places, only those that differ. Other files are not touched.
 */
export async function addToDataset(
  dataset: string,
  contents: Contents,
  { leaving, command }: { readonly leaving: readonly ExistingRun[]; readonly command: string },
): Promise<SessionChanges> {
  return stageBeside(dataset, async (stage) => {
    await writeDataset(stage, contents);
    const sessions = sessionsOf(contents.series).map(([[{ recording }]]) => recording.id);
    const loose = (await filesBelow(stage)).filter((file) => !isInSession(file, sessions));
    const changed: SessionId[] = [];
    for (const id of sessions) if (await sessionDiffers(id, { stage, dataset })) changed.push(id);
    const old = new Set(leaving.map(({ id }) => sessionKey(id)));
    const isOld = (id: SessionId) => old.has(sessionKey(id));
    const changes: SessionChanges = {
      added: changed.filter((id) => !isOld(id)).map(sessionKey),
      replaced: changed.filter(isOld).map(sessionKey),
      unchanged: sessions.filter((id) => !changed.includes(id)).map(sessionKey),
    };
    const described = await writeChanges({ stage, dataset, changes, command });
    for (const file of new Set([...loose, ...described]))
      await installFile(file, { stage, dataset });
    for (const id of changed) await installSession(id, { stage, dataset });
    const stays = new Set(contents.existing?.staying.flatMap(({ stimuli }) => stimuli));
    for (const name of leaving.flatMap(({ stimuli }) => stimuli)) {
      if (stays.has(name) || loose.includes(`stimuli/${name}`)) continue;
      await rm(join(dataset, 'stimuli', name), { force: true });
    }
    return changes;
  });
}

function isInSession(file: string, sessions: readonly SessionId[]): boolean {
  const inRaw = file.replace(/^derivatives\/boldbridge\//, '');
  return sessions.some((id) => inRaw.startsWith(`${sessionFolder(id).replaceAll('\\', '/')}/`));
}
