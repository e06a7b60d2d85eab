import { join } from 'node:path';
import { type Entities, formatName } from '../../bids/entities.js';
import { type Column, writeTable } from '../../files/described-table.js';
import { voxelOf } from '../../image/grid.js';
import { writeStatistic } from '../glm/outputs/maps.js';
import type { Described, Place } from '../glm/outputs/place.js';
import type { UnitPlace } from '../networks/places.js';
import type { CollectedMaps } from './maps.js';

/** One test, ready to be written. */
export interface Collected {
  readonly contrast: string;
  readonly maps: CollectedMaps;
  readonly described: Described;
  /** Null for a dataset without a unit table. */
  readonly units: readonly UnitPlace[] | null; // [units]
}

/** Writes a test's maps as boldbridge glm writes them, each with its sidecar, and its unit table. */
export async function writeCollected(place: Place, own: Collected): Promise<void> {
  const { contrast, maps, described } = own;
  const { effect, variance, t, F, z, p, dofPerUnit, dof, numerator } = maps;
  const shown = Object.entries({ effect, variance, t, F, z, p, dof: dofPerUnit });
  const tail = { Tail: maps.statistic === 'F' ? 'upper' : 'one-sided, upper' };
  for (const [stat, values] of shown) {
    if (!values) continue;
    const more = {
      ...(dof !== null && { DegreesOfFreedom: dof }),
      ...(dofPerUnit && { DegreesOfFreedomVary: 'the median; each unit in stat-dof' }),
      ...(numerator !== undefined && { NumeratorDegreesOfFreedom: numerator }),
      ...(stat === 'p' && tail),
      ...((stat === 'effect' || stat === 'variance') && { Units: "the tool's own" }),
    };
    await writeStatistic(place, { contrast, stat, values, more }, described);
  }
  await writeUnitTable(place, own);
}

/** `sub-01/[ses-a/]func/<entities>_contrast-a_desc-units_table.tsv`: one row a unit. */
async function writeUnitTable(place: Place, { contrast, maps, units }: Collected): Promise<void> {
  const { sub, ses } = place.entities;
  const entities: Entities = { ...place.entities, contrast, desc: 'units' };
  const name = formatName({ entities, suffix: 'table', extension: '' });
  const folder = join(
    place.root,
    `sub-${sub}`,
    ...(ses === undefined ? [] : [`ses-${ses}`]),
    'func',
  );
  const number = (name: string, description: string, values: Float64Array | undefined) => {
    const of = (u: number) => (values && maps.dofPerUnit?.[u] !== 0 ? values[u] : null);
    return values ? [{ name, description, of }] : [];
  };
  const columns: Column<number>[] = [
    { name: 'unit', description: 'Column in the recording', of: (u) => units?.[u].unit ?? null },
    { name: 'module', description: 'As the atlas names it', of: (u) => units?.[u].module ?? null },
    { name: 'index', description: 'In the module, from 0', of: (u) => units?.[u].index ?? null },
    ...(units ? [] : voxelColumns(place)),
    ...number('effect', "In the tool's own units", maps.effect),
    ...number('t', 'Effect over its standard error', maps.t),
    ...number('F', 'F of the contrasts together', maps.F),
    ...number('z', 'With the same tail probability', maps.z),
    ...number('p', 'Of the upper tail', maps.p),
  ];
  const rows = Array.from(place.grid.voxelOfUnit.keys());
  const description = `What the tool says of ${contrast}, a row a unit; n/a where it left the unit out`;
  await writeTable(join(folder, name), { description, columns }, rows, {
    Sources: place.sources,
    Command: place.command,
  });
}

/** Where no unit table says what a unit is, its voxel does. */
function voxelColumns({ grid }: Place): Column<number>[] {
  return (['x', 'y', 'z'] as const).map((axis, a) => ({
    name: `voxel_${axis}`,
    description: `Voxel along ${axis}, from 0`,
    of: (u: number) => voxelOf(grid, u)[a],
  }));
}
