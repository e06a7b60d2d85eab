import { readFile } from 'node:fs/promises';
import { FileError } from '../core/errors.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws FileError `file/not-json` for a file that does not hold one JSON object. */
export async function readJsonObject(path: string): Promise<JsonObject> {
  const text = await readFile(path, 'utf8');
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Error('not an object');
    }
    return value as JsonObject;
  } catch (cause) {
    throw new FileError('not-json', {
      given: `${path}, which does not hold a JSON object`,
      expected: 'a JSON object, { ... }',
      todo: 'Mend the file.',
      cause,
    });
  }
}
