import type { Entities, Entity } from '../../bids/entities.js';
import { GROUPS, type ModelEdge, type ModelNode, type StatsModel } from '../../bids/stats-model.js';
import { edgesOf, orderedNodes } from '../../bids/stats-model-graph.js';
import { DesignError } from '../../core/errors.js';
import type { Grid } from '../../core/grid.js';
import type { ContrastMaps, FMaps } from '../../core/statmap.js';
import { combineFRuns, combineRuns } from '../../glm/contrast/fixed-effects.js';
import { requireOneGrid } from './grids.js';
import type { Described } from './outputs.js';
import type { Permuted } from './permuted.js';

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

/** In groups of one key, both in order of appearance. */
export function grouped<T>(values: readonly T[], keyOf: (value: T) => unknown): T[][] {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = JSON.stringify(keyOf(value));
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return [...groups.values()];
}

/** The model's nodes between its Run node and those of level Dataset, in order. */
export const middleNodes = (model: StatsModel) =>
  orderedNodes(model).filter(({ Level }) => Level !== 'Run' && Level !== 'Dataset');

/** Nodes of which nothing below level Dataset is made any more: their maps are thresholded. */
export function lastNodes(model: StatsModel): ModelNode[] {
  const middle = middleNodes(model);
  const isFinal = ({ Name }: ModelNode) =>
    !edgesOf(model).some(
      ({ Source, Destination }) =>
        Source === Name && middle.some((node) => node.Name === Destination),
    );
  return orderedNodes(model).filter((node) => node.Level !== 'Dataset' && isFinal(node));
}

function passes({ Filter }: ModelEdge, { entities, maps }: Outcome): boolean {
  return Object.entries(Filter ?? {}).every(([key, values]) => {
    const own = key === 'contrast' ? maps.contrast : entities[GROUPS[key as keyof typeof GROUPS]];
    return (values ?? []).some((value) => String(value) === own);
  });
}

/** What a node gets from the nodes before it. */
export function inputsOf(
  model: StatsModel,
  node: ModelNode,
  outcomes: ReadonlyMap<string, readonly Outcome[]>,
): Outcome[] {
  return edgesOf(model)
    .filter(({ Destination }) => Destination === node.Name)
    .flatMap((edge) => (outcomes.get(edge.Source) ?? []).filter((own) => passes(edge, own)));
}

/** Only contrasts that the node's DummyContrasts keep; all where it names none. */
export const keeps = ({ DummyContrasts }: ModelNode, contrast: string) =>
  DummyContrasts === undefined ||
  (DummyContrasts !== false && (DummyContrasts.Contrasts?.includes(contrast) ?? true));

const isT = (maps: ContrastMaps | FMaps): maps is ContrastMaps => 't' in maps;
const isF = (maps: ContrastMaps | FMaps): maps is FMaps => 'F' in maps;

/** Fixed effects of each group of a node's inputs, contrast by contrast. */
export function averaged(node: ModelNode, inputs: readonly Outcome[]): Outcome[] {
  const keyOf = ({ entities, maps }: Outcome) => [
    groupEntities(entities, node.GroupBy),
    maps.contrast,
  ];
  const kept = inputs.filter(({ maps }) => keeps(node, maps.contrast));
  requireContrastsInAll(node, kept);
  for (const own of grouped(kept, keyOf)) {
    const places = own.map(({ sources, grid }) => ({ name: sources.join(', '), grid }));
    requireOneGrid(places, `maps that node '${node.Name}' combines`);
  }
  return grouped(kept, keyOf).map((own): Outcome => {
    const [{ entities, grid, described }] = own;
    const maps = own.map((outcome) => outcome.maps);
    const mean = () =>
      maps.every(isT) ? combineRuns(maps.filter(isT)) : combineFRuns(maps.filter(isF));
    return {
      entities: groupEntities(entities, node.GroupBy),
      maps: maps.length === 1 ? maps[0] : mean(),
      grid,
      sources: own.flatMap(({ sources }) => sources),
      described,
    };
  });
}

function requireContrastsInAll(node: ModelNode, inputs: readonly Outcome[]): void {
  for (const group of grouped(inputs, ({ entities }) => groupEntities(entities, node.GroupBy))) {
    const members = grouped(group, ({ entities }) => entities);
    for (const contrast of new Set(group.map(({ maps }) => maps.contrast))) {
      if (members.every((own) => own.some(({ maps }) => maps.contrast === contrast))) continue;
      throw new DesignError('contrast-not-in-all-runs', {
        given: `the contrast '${contrast}', which one of the runs of task ${group[0].entities.task} does not have`,
        expected: 'the same contrasts in all runs of a task',
        todo: 'Name contrasts that all runs have with --contrast.',
      });
    }
  }
}
