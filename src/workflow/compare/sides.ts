import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Entities, parseName } from '../../bids/entities.js';
import { listStatmaps, type Statmap } from '../../bids/statmaps.js';
import { DataError, FileError } from '../../core/errors.js';
import { readNotes } from '../../image/header-notes.js';
import { openNifti } from '../../image/open-nifti.js';
import { describeEntities } from '../collect/place.js';
import { grouped } from '../grouped.js';

/** One contrast of one side: where its maps lie. */
export interface SideMap {
  readonly entities: Entities;
  readonly contrast: string;
  readonly paths: ReadonlyMap<string, string>; // by stat
}

/** The maps of both sides that are compared, and as which statistic. */
export interface Pair {
  readonly entities: Entities;
  readonly contrast: string;
  /** t, F or z; `map` of files that do not say. */
  readonly stat: string;
  readonly a: string;
  readonly b: string;
  /** Maps of z, for the threshold; null where a side has none. */
  readonly z: readonly [a: string, b: string] | null;
}

/** What is compared, the first that both sides have. */
const STATS = ['t', 'F', 'z'] as const;

/**
 * What two folders of statistical maps have in common, contrast by contrast and run by run; or two files.
 * @throws DataError `data/nothing-in-common`; FileError `file/no-statmaps`, `file/not-found`,
 * `file/file-and-folder`
 */
export async function pairsOf(
  a: string,
  b: string,
  contrasts: readonly string[],
): Promise<readonly Pair[]> {
  const folders = await Promise.all([a, b].map(isFolder));
  if (folders[0] !== folders[1]) {
    throw new FileError('file-and-folder', {
      given: `${a} and ${b}, one of which is a folder and one a file`,
      expected: 'two folders of maps, or two maps',
      todo: 'Name the same kind of thing twice.',
    });
  }
  if (!folders[0]) return [await pairOfFiles(a, b)];
  const [own, other] = [await contrastsIn(a), await contrastsIn(b)];
  const pairs = own.flatMap((map) => {
    const same = other.find((one) => keyOf(one) === keyOf(map));
    const stat = same && STATS.find((name) => map.paths.has(name) && same.paths.has(name));
    const wanted = contrasts.length === 0 || contrasts.includes(map.contrast);
    return stat && wanted ? [pairOf(map, same, stat)] : [];
  });
  if (pairs.length > 0) return pairs;
  throw new DataError('nothing-in-common', {
    given: `${a} with ${own.map(nameOf).join(', ')} and ${b} with ${other.map(nameOf).join(', ')}`,
    expected: `the same contrast${contrasts.length > 0 ? ` (${contrasts.join(', ')})` : ''} of the same run on both sides`,
    todo: 'Check --contrast; boldbridge collect --rename and --run give maps the names of their counterparts.',
  });
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((cause) => {
    throw new FileError('not-found', {
      given: `${path}, which is not there`,
      expected: 'a folder of statistical maps, or a map',
      todo: 'Check the path.',
      cause,
    });
  });
  return found.isDirectory();
}

async function contrastsIn(root: string): Promise<SideMap[]> {
  const maps = await listStatmaps(root);
  return grouped(maps, ({ entities, contrast }) => [entities, contrast]).map((own) => ({
    entities: own[0].entities,
    contrast: own[0].contrast,
    paths: new Map(own.map(({ stat, path }: Statmap) => [stat, path])),
  }));
}

/** Runs are numbers: 1 is 01. */
function keyOf({ entities, contrast }: SideMap): string {
  const { run, ...rest } = entities;
  const number = run === undefined ? {} : { run: String(Number(run)) };
  return `${describeEntities({ ...rest, ...number })} ${contrast}`;
}

const nameOf = ({ entities, contrast }: SideMap) => `${describeEntities(entities)} ${contrast}`;

function pairOf(a: SideMap, b: SideMap, stat: string): Pair {
  const [own, other] = [a, b].map(({ paths }) => paths.get('z'));
  return {
    entities: a.entities,
    contrast: a.contrast,
    ...{ stat, a: a.paths.get(stat)!, b: b.paths.get(stat)! },
    z: own !== undefined && other !== undefined ? [own, other] : null,
  };
}

/** Two maps as they stand; both are thresholded where both are z, or have their z beside them. */
async function pairOfFiles(a: string, b: string): Promise<Pair> {
  const { contrast, stat: _, ...entities } = parseName(basename(a))?.entities ?? {};
  const stats = await Promise.all([a, b].map(statOf));
  const [own, other] = await Promise.all([zOf(a, stats[0]), zOf(b, stats[1])]);
  return {
    entities,
    contrast: contrast ?? basename(a).replace(/\.nii(\.gz)?$/, ''),
    stat: stats[0] === stats[1] && stats[0] !== null ? stats[0] : 'map',
    ...{ a, b },
    z: own !== null && other !== null ? [own, other] : null,
  };
}

/** By the name, else by NIfTI's intent; null where neither says. */
async function statOf(path: string): Promise<string | null> {
  const named = parseName(basename(path))?.entities.stat;
  if (named !== undefined) return named;
  const { intent } = await readNotes(await openNifti(path));
  return { 3: 't', 4: 'F', 5: 'z' }[intent.code] ?? null;
}

async function zOf(path: string, own: string | null): Promise<string | null> {
  if (own === 'z') return path;
  const beside = path.replace(/_stat-[0-9a-zA-Z]+_statmap/, '_stat-z_statmap');
  return beside !== path && (await stat(beside).catch(() => null)) ? beside : null;
}
