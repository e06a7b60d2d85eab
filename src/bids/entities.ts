import { StudyError } from '../core/errors.js';

/**
 * Short names of the entities in the order they stand in file names. Source: the BIDS schema,
 * rules.entities; contrast and stat are not in BIDS yet and stand where nilearn puts them.
 */
// biome-ignore format: a list of words
export const ENTITY_ORDER = [
  'sub', 'tpl', 'ses', 'cohort', 'sample', 'task', 'tracksys', 'acq', 'nuc', 'voi', 'ce', 'trc',
  'stain', 'rec', 'dir', 'run', 'mod', 'echo', 'flip', 'inv', 'mt', 'part', 'proc', 'hemi', 'space',
  'split', 'recording', 'chunk', 'atlas', 'seg', 'scale', 'res', 'den', 'label', 'contrast', 'stat',
  'desc',
] as const;

export type Entity = (typeof ENTITY_ORDER)[number];
export type Entities = Readonly<Partial<Record<Entity, string>>>;

/** A file's name in its parts: `sub-01_task-x_bold.nii.gz`. */
export interface BidsName {
  readonly entities: Entities;
  readonly suffix: string;
  /** With its dot: `.nii.gz`. */
  readonly extension: string;
}

const LABEL = /^[0-9a-zA-Z+]+$/;

/**
 * A file name with its entities in BIDS's order.
 * @throws StudyError `study/bad-label` where a label holds other characters than BIDS allows.
 */
export function formatName({ entities, suffix, extension }: BidsName): string {
  const parts = ENTITY_ORDER.flatMap((key) => {
    const label = entities[key];
    return label === undefined ? [] : [`${key}-${requireLabel(label, key)}`];
  });
  return `${[...parts, suffix].join('_')}${extension}`;
}

/** The parts of a file name, or null if it is not made as BIDS's names are. */
export function parseName(name: string): BidsName | null {
  const dot = name.indexOf('.');
  if (dot < 1) return null;
  const parts = name.slice(0, dot).split('_');
  const suffix = parts.pop()!;
  if (!/^[0-9a-zA-Z]+$/.test(suffix)) return null;
  const entities: Partial<Record<Entity, string>> = {};
  for (const part of parts) {
    const [, key, label] = /^([a-z]+)-(.+)$/.exec(part) ?? [];
    if (!isEntity(key) || !LABEL.test(label)) return null;
    entities[key] = label;
  }
  return { entities, suffix, extension: name.slice(dot) };
}

/** @throws StudyError `study/bad-label`. */
export function requireLabel(label: string, of: string): string {
  if (LABEL.test(label)) return label;
  throw new StudyError('bad-label', {
    given: `'${label}' as the label of ${of}`,
    expected: 'letters, digits and + only, at least one',
    todo: 'Rename it: BIDS allows no other characters in file names.',
  });
}

function isEntity(key: string | undefined): key is Entity {
  return (ENTITY_ORDER as readonly (string | undefined)[]).includes(key);
}
