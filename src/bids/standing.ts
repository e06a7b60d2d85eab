import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJson, writeText } from '../files/whole.js';
import type { ExistingDataset } from './existing.js';
import { type JsonObject, readJsonObject } from './json.js';
import type { Templates } from './templates.js';

/** The text of a file of the existing dataset; null where it has none, or there is no dataset. */
export async function standing(
  existing: ExistingDataset | null,
  file: string,
): Promise<string | null> {
  if (!existing) return null;
  return readFile(join(existing.root, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

/** The same of a JSON object. Throws FileError `file/not-json`. */
export async function standingJson(
  existing: ExistingDataset | null,
  file: string,
): Promise<JsonObject | null> {
  const text = await standing(existing, file);
  return text === null || !existing ? null : readJsonObject(join(existing.root, file));
}

interface Place {
  readonly templates: Templates;
  readonly existing: ExistingDataset | null;
}

/** Writes a text that the dataset lacks, or that the user gave. */
export async function copyText(root: string, file: string, place: Place, name = file) {
  const { templates, existing } = place;
  if (!templates.isOwn(name) && (await standing(existing, file)) !== null) return;
  await writeText(join(root, file), await templates.text(name));
}

/** Writes a JSON file that the dataset lacks, or lays the keys that the user gave over what it has. */
export async function copyJson(root: string, file: string, place: Place, name = file) {
  const { templates, existing } = place;
  const old = await standingJson(existing, file);
  if (old && !templates.isOwn(name)) return;
  await writeJson(join(root, file), { ...old, ...(await templates.json(name)) });
}
