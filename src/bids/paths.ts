import { join } from 'node:path';
import type { RunId } from '../core/recording.js';
import { type Entities, formatName } from './entities.js';

/** The folder of boldbridge's derivative in a raw dataset. */
export const DERIVATIVE = join('derivatives', 'boldbridge');

/** A subject in one session (or without sessions). */
export type SessionId = Pick<RunId, 'subject' | 'session'>;

/** `sub-01/[ses-a/]func/sub-01_[ses-a_]task-x_run-1_<rest>`, below a dataset's root. */
export function runPath(id: RunId, suffix: string, extension: string, more: Entities = {}): string {
  const entities = { ...sessionEntities(id), task: id.task, run: String(id.run), ...more };
  return join(sessionFolder(id), 'func', formatName({ entities, suffix, extension }));
}

/** `sub-01/[ses-a/]anat/sub-01_[ses-a_]<rest>`, below a dataset's root. */
export function sessionPath(
  id: SessionId,
  suffix: string,
  extension: string,
  more: Entities = {},
): string {
  const entities = { ...sessionEntities(id), ...more };
  return join(sessionFolder(id), 'anat', formatName({ entities, suffix, extension }));
}

/**
 * Paths below the derivative's root of what a session's recordings share; `more` names the series
 * that a further unit table belongs to.
 */
export function sessionFiles(id: SessionId, more: Entities = {}) {
  const modules = { seg: 'modules' };
  const units = { desc: 'units' };
  const table = { ...more, ...units };
  return {
    atlas: sessionPath(id, 'dseg', '.nii.gz', modules),
    atlasTable: sessionPath(id, 'dseg', '.tsv', modules),
    atlasSidecar: sessionPath(id, 'dseg', '.json', modules),
    mask: sessionPath(id, 'mask', '.nii.gz', units),
    maskSidecar: sessionPath(id, 'mask', '.json', units),
    units: sessionPath(id, 'table', '.tsv', table),
    unitsSidecar: sessionPath(id, 'table', '.json', table),
  } as const;
}

/** A path below a dataset's root as a BIDS URI of the dataset named in DatasetLinks. */
export function bidsUri(dataset: string, path: string): string {
  return `bids:${dataset}:${path}`;
}

function sessionEntities({ subject, session }: SessionId): Entities {
  return { sub: subject, ...(session !== null && { ses: session }) };
}

/** `sub-01` or `sub-01/ses-a`, below a dataset's root. */
export function sessionFolder({ subject, session }: SessionId): string {
  return session === null ? `sub-${subject}` : join(`sub-${subject}`, `ses-${session}`);
}
