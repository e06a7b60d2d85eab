import type { StatsModel } from '../../../bids/stats-model.js';
import { DataError } from '../../../core/errors.js';
import type { Grid } from '../../../core/grid.js';
import { sameAffine } from '../../../image/affine.js';
import { grouped } from '../../grouped.js';
import type { RunInput } from '../inputs/run-input.js';
import { middleNodes } from './graph.js';
import { groupEntities } from './outcome.js';

/** Maps or runs that are to be combined unit by unit: where each lies. */
export interface Placed {
  readonly name: string;
  readonly grid: Grid;
}

/** How two grids differ; null where every unit lies in the same voxel at the same place. */
function differenceOf(a: Grid, b: Grid): { readonly of: string; readonly other: string } | null {
  if (a.shape.some((size, axis) => size !== b.shape[axis]))
    return { of: a.shape.join(' x '), other: b.shape.join(' x ') };
  if (!sameAffine(a.affine, b.affine, a.shape))
    return { of: JSON.stringify(a.affine), other: JSON.stringify(b.affine) };
  const [units, others] = [a.voxelOfUnit, b.voxelOfUnit];
  if (units.length !== others.length)
    return { of: `${units.length} units`, other: `${others.length} units` };
  return units.every((voxel, u) => voxel === others[u])
    ? null
    : { of: 'a mask', other: 'another mask of as many voxels' };
}

/** @throws DataError `grids` where one differs from the first in shape, affine or mask */
export function requireOneGrid(own: readonly Placed[], what: string): void {
  const [first, ...rest] = own;
  for (const { name, grid } of rest) {
    const difference = differenceOf(first.grid, grid);
    if (!difference) continue;
    throw new DataError('grids', {
      given: `${what}: ${first.name} with ${difference.of}, ${name} with ${difference.other}`,
      expected: 'one grid and one mask in all that is combined, so that units are the same',
      todo: 'Resample to one grid, or group by session or task so that these are not combined.',
    });
  }
}

/** Runs that a node joins lie on one grid; said before any is fitted. @throws DataError `grids` */
export function requireGridsOfRuns(inputs: readonly RunInput[], model: StatsModel): void {
  for (const node of middleNodes(model)) {
    const groups = grouped(inputs, ({ entities }) => groupEntities(entities, node.GroupBy));
    for (const runs of groups)
      requireOneGrid(
        runs.map(({ source, grid }) => ({ name: source, grid })),
        `runs that node '${node.Name}' combines`,
      );
  }
}
