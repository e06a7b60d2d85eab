import type { ModelNode } from '../../../bids/stats-model.js';
import { DesignError } from '../../../core/errors.js';
import type { ContrastMaps, FMaps } from '../../../core/statmap.js';
import { combineFRuns, combineRuns } from '../../../glm/contrast/fixed-effects.js';
import { grouped } from '../../grouped.js';
import { keeps } from './graph.js';
import { requireOneGrid } from './grids.js';
import { groupEntities, type Outcome } from './outcome.js';

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
