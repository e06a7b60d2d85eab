import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../core/errors.js';
import { type Entities, parseName } from './entities.js';
import { type JsonObject, readJsonObject } from './json.js';

/** One statistical map of a derivative, named as nilearn and fitlins name them. */
export interface Statmap {
  /** Whose and of which run, without contrast and stat. */
  readonly entities: Entities;
  readonly contrast: string;
  readonly stat: string;
  readonly path: string;
}

/** All statistical maps below a folder, by path; none where there is no such folder. */
export async function findStatmaps(root: string): Promise<Statmap[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && /_statmap\.nii(\.gz)?$/.test(entry.name))
    .flatMap((entry): Statmap[] => {
      const { contrast, stat, ...entities } = parseName(entry.name)?.entities ?? {};
      const path = join(entry.parentPath, entry.name);
      return contrast && stat ? [{ entities, contrast, stat, path }] : [];
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * The same, where there must be some.
 * @throws FileError `file/no-statmaps` where there are none
 */
export async function listStatmaps(root: string): Promise<Statmap[]> {
  const found = await findStatmaps(root);
  if (found.length > 0) return found;
  throw new FileError('no-statmaps', {
    given: `${root}, which holds no statistical map`,
    expected: 'maps named ..._contrast-X_stat-z_statmap.nii.gz, as boldbridge glm writes them',
    todo: 'Run boldbridge glm first, or name the folder of maps with --maps.',
  });
}

/** A map's own sidecar; empty where it has none. */
export async function statmapSidecar({ path }: Statmap): Promise<JsonObject> {
  const file = path.replace(/\.nii(\.gz)?$/, '.json');
  return (await stat(file).catch(() => null)) ? readJsonObject(file) : {};
}
