import { join } from 'node:path';
import { type Entities, formatName } from '../../../bids/entities.js';
import { DesignError } from '../../../core/errors.js';
import type { Grid } from '../../../core/grid.js';

/** What a file is about, and what it was computed from. */
export interface Place {
  readonly root: string;
  readonly entities: Entities;
  readonly grid: Grid;
  readonly sources: readonly string[];
  readonly command: string;
}

/** What sidecars say of the model. */
export type Described = Readonly<Record<string, unknown>>;

/** Below `group/` where no one subject's. */
export function filePath(
  root: string,
  entities: Entities,
  suffix: string,
  extension: string,
): string {
  const { sub, ses } = entities;
  const session = ses === undefined ? [] : [`ses-${ses}`];
  const folder = sub === undefined ? ['group'] : [`sub-${sub}`, ...session, 'func'];
  return join(root, ...folder, formatName({ entities, suffix, extension }));
}

/**
 * A contrast's name as a BIDS label, unchanged.
 * @throws DesignError `design/contrast-label` where BIDS allows no such label
 */
export function requireLabel(contrast: string): string {
  if (/^[0-9a-zA-Z+]+$/.test(contrast)) return contrast;
  const suggestion = contrast.replace(/[^0-9a-zA-Z]+(.)?/g, (_, next = '') => next.toUpperCase());
  throw new DesignError('contrast-label', {
    given: `the contrast name '${contrast}'`,
    expected: 'letters, digits and + only: the name becomes part of file names',
    todo: `Name it, for example --contrast "${suggestion} = ${contrast}".`,
  });
}
