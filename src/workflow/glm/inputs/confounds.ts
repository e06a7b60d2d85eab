import { readFile } from 'node:fs/promises';
import { FileError } from '../../../core/errors.js';
import type { Volume } from '../../../core/recording.js';
import { numberColumn, parseTsv } from '../../../files/tsv.js';
import type { Confound } from '../../../glm/design/design.js';

/** Columns of a run's confounds table. @throws FileError `no-confounds` and as numberColumn */
export async function readConfounds(
  file: string | null,
  bold: string,
  names: readonly string[],
): Promise<Confound[]> {
  if (names.length === 0) return [];
  if (!file) {
    throw new FileError('no-confounds', {
      given: `confounds ${names.join(', ')} for ${bold}, which has no confounds table`,
      expected: 'a desc-confounds_timeseries.tsv beside the run or in a derivative',
      todo: 'Leave --confounds out.',
    });
  }
  const table = parseTsv(await readFile(file, 'utf8'), file);
  return names.map((name) => ({ name, values: numberColumn(table, name, file) }));
}

/** Columns that every recording has beside its volumes. */
export const CONFOUNDS = [
  'position',
  'context_position',
  'first_token',
  'surprisal',
  'entropy',
] as const;

/** A confound by its column. */
export type RecordedConfound = (typeof CONFOUNDS)[number];

/** How a volume of a recording tells each. */
export const CONFOUND_OF: Readonly<Record<RecordedConfound, (volume: Volume) => number>> = {
  position: ({ position }) => position,
  context_position: ({ contextPosition }) => contextPosition,
  first_token: ({ position }) => (position === 0 ? 1 : 0),
  surprisal: ({ logProbability }) => -logProbability,
  entropy: ({ entropy }) => entropy,
};

/** A recording's confound of this name. @throws FileError `missing-column` */
export function recorded(name: string): RecordedConfound {
  const own = CONFOUNDS.find((confound) => confound === name);
  if (own) return own;
  throw new FileError('missing-column', {
    given: `the confound ${name}`,
    expected: `one of ${CONFOUNDS.join(', ')}`,
    todo: 'Check the spelling.',
  });
}
