import { readFile } from 'node:fs/promises';
import { FileError } from '../../core/errors.js';

/**
 * Reads one of a model's JSON files.
 * @throws FileError `file/not-json`
 */
export async function readJson(path: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new FileError('not-json', {
      given: `${path}, which cannot be read as JSON`,
      expected: "the model's JSON file",
      todo: 'Download the model again.',
      cause,
    });
  }
}
