import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FileError } from '../core/errors.js';
import { type Entities, parseName } from './entities.js';
import { applicable, mergedSidecar } from './inherit.js';
import type { JsonObject } from './json.js';

/** One functional run of a BIDS dataset. Paths include the dataset's. */
export interface BoldRun {
  readonly entities: Entities;
  readonly bold: string;
  readonly events: string | null;
  /** Metadata by inheritance. */
  readonly sidecar: JsonObject;
  /** `desc-confounds_timeseries.tsv` of the dataset itself or of its first derivative that has one. */
  readonly confounds: string | null;
}

/**
 * All functional runs of a dataset, sorted by path: raw or derivative, with sessions or without.
 * @throws FileError `file/no-runs` where the folder holds none; `file/not-json` for a bad sidecar.
 */
export async function listRuns(root: string): Promise<BoldRun[]> {
  const subjects = await folders(root, /^sub-/);
  const nested = await Promise.all(subjects.map((subject) => boldFiles(root, subject)));
  const files = nested.flat().sort();
  if (files.length === 0) throw noRuns(root);
  const derivatives = (await folders(root, /^derivatives$/)).length
    ? (await folders(join(root, 'derivatives'), /./)).map((name) => join(root, 'derivatives', name))
    : [];
  return Promise.all(files.map((file) => describeRun(root, file, [root, ...derivatives])));
}

async function describeRun(
  root: string,
  file: string,
  places: readonly string[],
): Promise<BoldRun> {
  const { entities } = parseName(basename(file))!;
  const events = await applicable(root, file, { suffix: 'events', extension: '.tsv' });
  const confounds = await Promise.all(places.map((place) => findConfounds(place, file, entities)));
  return {
    entities,
    bold: join(root, file),
    events: events.length ? join(root, events.at(-1)!) : null,
    sidecar: await mergedSidecar(root, file, 'bold'),
    confounds: confounds.find((path) => path !== null) ?? null,
  };
}

/** What a confounds table shares with the image it belongs to; how the image was resampled it does not. */
const SAME_RUN = ['sub', 'ses', 'task', 'acq', 'ce', 'rec', 'dir', 'run'] as const;

async function findConfounds(
  place: string,
  file: string,
  entities: Entities,
): Promise<string | null> {
  const folder = join(place, dirname(file));
  const name = (await names(folder)).find((candidate) => {
    const parsed = parseName(candidate);
    return (
      parsed?.suffix === 'timeseries' &&
      parsed.extension === '.tsv' &&
      parsed.entities.desc === 'confounds' &&
      SAME_RUN.every((key) => parsed.entities[key] === entities[key])
    );
  });
  return name === undefined ? null : join(folder, name);
}

async function boldFiles(root: string, subject: string): Promise<string[]> {
  const sessions = await folders(join(root, subject), /^ses-/);
  const places = [subject, ...sessions.map((session) => join(subject, session))];
  const found = await Promise.all(
    places.map(async (place) => {
      const folder = join(place, 'func');
      return (await names(join(root, folder))).filter(isBold).map((name) => join(folder, name));
    }),
  );
  return found.flat();
}

function isBold(name: string): boolean {
  const parsed = parseName(name);
  return parsed?.suffix === 'bold' && /^\.nii(\.gz)?$/.test(parsed.extension);
}

async function entries(folder: string): Promise<Dirent[]> {
  const found = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function names(folder: string): Promise<string[]> {
  return (await entries(folder)).map(({ name }) => name);
}

async function folders(folder: string, pattern: RegExp): Promise<string[]> {
  const found = await entries(folder);
  return found.flatMap((e) => (pattern.test(e.name) && !e.isFile() ? [e.name] : []));
}

function noRuns(root: string): FileError {
  return new FileError('no-runs', {
    given: `${root}, which holds no functional run`,
    expected: 'a BIDS dataset with sub-*/[ses-*/]func/*_bold.nii.gz',
    todo: 'Give the folder that holds dataset_description.json.',
  });
}
