import { readdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { type Entity, parseName } from './entities.js';
import { type JsonObject, readJsonObject } from './json.js';

/**
 * Files of a dataset that apply to `path` (both below `root`) by BIDS's inheritance principle:
 * suffix and extension as asked for, in the file's folder or above, with no entity the file has not.
 * The most specific comes last.
 */
export async function applicable(
  root: string,
  path: string,
  { suffix, extension }: { readonly suffix: string; readonly extension: string },
): Promise<string[]> {
  const own = parseName(path.split(sep).at(-1)!)?.entities ?? {};
  const found: string[] = [];
  for (const folder of foldersAbove(path)) {
    const names = (await readdir(join(root, folder))).flatMap((name) => {
      const parsed = parseName(name);
      if (parsed?.suffix !== suffix || parsed.extension !== extension) return [];
      const keys = Object.keys(parsed.entities) as Entity[];
      return keys.every((key) => parsed.entities[key] === own[key]) ? [{ name, keys }] : [];
    });
    names.sort((a, b) => a.keys.length - b.keys.length || (a.name < b.name ? -1 : 1));
    found.push(...names.map(({ name }) => join(folder, name)));
  }
  return found;
}

/** A file's metadata: every sidecar that applies, the more specific overriding the more general. */
export async function mergedSidecar(
  root: string,
  path: string,
  suffix: string,
): Promise<JsonObject> {
  const files = await applicable(root, path, { suffix, extension: '.json' });
  const sidecars = await Promise.all(files.map((file) => readJsonObject(join(root, file))));
  return Object.assign({}, ...sidecars);
}

/** From the dataset's root ('') down to the file's own folder. */
function foldersAbove(path: string): string[] {
  const parts = relative('', dirname(path)).split(sep).filter(Boolean);
  return ['', ...parts.map((_, index) => join(...parts.slice(0, index + 1)))];
}
