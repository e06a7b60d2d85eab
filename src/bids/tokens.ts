import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../core/errors.js';
import { formatTsv, parseTsv, textColumn, unescapeCell } from '../files/tsv.js';
import { type Entities, formatName } from './entities.js';
import type { ImageRun } from './image-run.js';
import { DERIVATIVE, sessionFolder } from './paths.js';

/**
 * How the tables of tokens are named: not `timeseries`, which pybids takes for a run's confounds,
 * whatever its `desc` (bids/variables/io.py, _load_time_variables).
 */
export const TOKEN_TABLE = { suffix: 'table', entities: { desc: 'tokens' } } as const;

/** What the model was given and gave in a volume; where it is a prompt, the tokens' texts joined. */
export interface VolumeTokens {
  readonly input: string;
  readonly output: string;
}

/** One row a volume, never convolved. Prompts go by their names in the events. */
export function formatTokens({ recording, volumes }: ImageRun): string {
  const { stimuli } = recording;
  const isToken = volumes === 'token';
  return formatTsv(
    ['prompt', ...(isToken ? ['position'] : []), 'input', 'output'],
    recording.volumes.map(({ prompt, position, inputToken, outputToken }) => [
      stimuli[prompt]?.event.prompt ?? null,
      ...(isToken ? [position] : []),
      inputToken,
      outputToken,
    ]),
  );
}

/**
 * The tokens of each volume of a series in a dataset; null where the dataset has no such table.
 * @param entities of the image
 * @throws FileError `file/tokens-length`, and as the table's reader does
 */
export async function readTokens(
  root: string,
  { entities, volumes }: { readonly entities: Entities; readonly volumes: number },
): Promise<VolumeTokens[] | null> {
  const { suffix, entities: own } = TOKEN_TABLE;
  const session = sessionFolder({ subject: entities.sub ?? '', session: entities.ses ?? null });
  const name = formatName({ entities: { ...entities, ...own }, suffix, extension: '.tsv' });
  const path = join(root, DERIVATIVE, session, 'func', name);
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  const table = parseTsv(text, path);
  const [inputs, outputs] = ['input', 'output'].map((column) =>
    textColumn(table, column, path).map(unescapeCell),
  );
  if (inputs.length === volumes) return inputs.map((input, v) => ({ input, output: outputs[v] }));
  throw new FileError('tokens-length', {
    given: `${path} with ${inputs.length} rows, for a series of ${volumes} volumes`,
    expected: 'a row a volume',
    todo: 'Export the dataset again.',
  });
}
