import type { Entities, Entity } from '../../../bids/entities.js';
import { GROUPS, type ModelNode } from '../../../bids/stats-model.js';
import type { Grid } from '../../../core/grid.js';
import type { ContrastMaps, FMaps } from '../../../core/statmap.js';
import type { Permuted } from '../fit/permuted.js';
import type { Described } from '../outputs/place.js';

/** One contrast's maps as a node of the model gives them to the next. */
export interface Outcome {
  readonly entities: Entities;
  readonly maps: ContrastMaps | FMaps;
  readonly grid: Grid;
  readonly sources: readonly string[];
  readonly described: Described;
  /** What rearranging the data says, where that was asked for. */
  readonly permuted?: Permuted;
}

const ENTITIES = Object.values(GROUPS) as readonly Entity[];

/** What of a file's entities stays in a group's: those it is grouped by, and those no model names. */
export function groupEntities(entities: Entities, groupBy: ModelNode['GroupBy']): Entities {
  const kept: readonly Entity[] = groupBy.flatMap((g) => (g === 'contrast' ? [] : [GROUPS[g]]));
  const stays = ([key]: [string, unknown]) =>
    !ENTITIES.includes(key as Entity) || kept.includes(key as Entity);
  return Object.fromEntries(Object.entries(entities).filter(stays)) as Entities;
}
