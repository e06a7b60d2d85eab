import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FileError } from '../core/errors.js';
import { nearest } from '../math/edit-distance.js';
import type { JsonObject } from './json.js';

export const BIDS_VERSION = '1.11.0';

const FOLDER = new URL('../../bids-templates/dataset/', import.meta.url);
/** Files that a dataset may have and that are the owner's alone. */
const OWNERS = ['LICENSE', 'CITATION.cff'];
/** Templates of other commands. */
const ELSEWHERE = /^(glm|networks|lesion|weights|calibrate|handoff|collect)\//;

/** Values of a template's placeholders. */
export type Values = Readonly<Record<string, string | number>>;

/** The texts of a dataset, each {{name}} replaced by its value. */
export interface Templates {
  /** Whether the user gave a text of this name. */
  isOwn(name: string): boolean;
  /** Names of the owner's files that the user gave. */
  readonly extra: readonly string[];
  /** The user's text, else ours. */
  text(name: string): Promise<string>;
  /** Our JSON with the keys of the user's, if there are any, laid over its own. */
  json(name: string, more?: Values): Promise<JsonObject>;
}

/**
 * The dataset's texts, those in `folder` replacing ours.
 * @throws FileError `file/unknown-template`, `file/no-folder`; when a text is asked for,
 * `file/template-value`, `file/not-json`
 */
export async function openTemplates(values: Values, folder?: string): Promise<Templates> {
  const own = folder === undefined ? [] : await templatesIn(folder);
  const place = folder === undefined ? FOLDER : pathToFileURL(join(folder, sep));
  return {
    isOwn: (name) => own.includes(name),
    extra: own.filter((name) => OWNERS.includes(name)),
    text: (name) => render(new URL(name, own.includes(name) ? place : FOLDER), values, String),
    json: async (name, more = {}) => {
      const all = { ...values, ...more };
      const ours = await renderObject(new URL(name, FOLDER), all);
      return own.includes(name)
        ? { ...ours, ...(await renderObject(new URL(name, place), all)) }
        : ours;
    },
  };
}

/** A text of ours with each {{name}} replaced by its value. A name without a value is a fault. */
export async function renderText(template: string, values: Values): Promise<string> {
  return render(new URL(template, FOLDER), values, String);
}

/** Names below the folder, with slashes; hidden files are passed over. */
async function templatesIn(folder: string): Promise<string[]> {
  const known = [...(await filesBelow(FOLDER)).filter((n) => !ELSEWHERE.test(n)), ...OWNERS];
  const given = await filesBelow(pathToFileURL(join(folder, sep))).catch((cause) => {
    throw new FileError('no-folder', {
      given: `${folder}, which cannot be read as a folder`,
      expected: `a folder with some of ${known.join(', ')}`,
      todo: 'Check --templates.',
      cause,
    });
  });
  const unknown = given.find((name) => !known.includes(name));
  if (unknown === undefined) return given;
  throw new FileError('unknown-template', {
    given: `${join(folder, unknown)}, which replaces none of the dataset's texts`,
    expected: `some of ${known.join(', ')}`,
    todo: `Did you mean ${nearest(unknown, known)}? Rename the file or take it out.`,
  });
}

async function filesBelow(folder: URL): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = entries
    .filter(({ name }) => !name.startsWith('.'))
    .map(async (entry) => {
      if (!entry.isDirectory()) return [entry.name];
      const inside = await filesBelow(new URL(`${encodeURIComponent(entry.name)}/`, folder));
      return inside.map((name) => `${entry.name}/${name}`);
    });
  return (await Promise.all(nested)).flat().sort();
}

async function renderObject(file: URL, values: Values): Promise<JsonObject> {
  const show = (value: string | number) => JSON.stringify(String(value)).slice(1, -1);
  const text = await render(file, values, show);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error();
    return value as JsonObject;
  } catch (cause) {
    throw new FileError('not-json', {
      given: `${file.pathname}, which does not hold a JSON object`,
      expected: 'a JSON object, { ... }',
      todo: 'Mend the template.',
      cause,
    });
  }
}

async function render(
  file: URL,
  values: Values,
  show: (value: string | number) => string,
): Promise<string> {
  const text = await readFile(file, 'utf8');
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    if (Object.hasOwn(values, name)) return show(values[name]);
    throw new FileError('template-value', {
      given: `{{${name}}} in ${file.pathname}`,
      expected: `some of ${Object.keys(values).join(', ')}`,
      todo: 'Correct the name, or take the braces out.',
    });
  });
}
