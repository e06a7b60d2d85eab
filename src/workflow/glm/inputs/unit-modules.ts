import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { atlasLabels } from '../../../bids/atlas.js';
import type { Entities } from '../../../bids/entities.js';
import { DERIVATIVE, sessionFiles } from '../../../bids/paths.js';
import { moduleName } from '../../../bids/units.js';
import { type Module, moduleType } from '../../../core/module.js';
import { numberColumn, parseTsv, textColumn } from '../../../files/tsv.js';
import type { UnitGroup } from '../../../glm/group/ari-groups.js';
import type { Mask } from '../../../image/mask.js';
import { openNifti } from '../../../image/open-nifti.js';
import { readMap } from '../../../image/voxels.js';

/** The units of each module, of each depth, and of the same module in all layers. */
export interface UnitModules {
  readonly modules: readonly UnitGroup[];
  readonly layers: readonly UnitGroup[];
  readonly types: readonly UnitGroup[];
}

interface AtlasRow {
  readonly index: number;
  readonly name: string;
  readonly depth: string;
}

function groupsOf(rows: readonly AtlasRow[], labels: ArrayLike<number>): UnitModules {
  const unitsOf = new Map<number, number[]>(rows.map(({ index }) => [index, []]));
  Array.from(labels).forEach((label, unit) => {
    unitsOf.get(label)?.push(unit);
  });
  const modules = rows.map(({ name, index }) => ({ name, units: unitsOf.get(index) ?? [] }));
  const layerOf = ({ depth }: AtlasRow) => (/^\d+$/.test(depth) ? `layer ${depth}` : depth);
  const together = (keyOf: (row: AtlasRow) => string) =>
    [...new Set(rows.map(keyOf))].map((name) => ({
      name,
      units: rows.flatMap((row, i) => (keyOf(row) === name ? modules[i].units : [])),
    }));
  const typeOf = ({ name, depth }: AtlasRow) => moduleType(name, depth);
  return { modules, layers: together(layerOf), types: together(typeOf) };
}

/** A recording's modules, by their names in the atlas. */
export function modulesOfRecording(modules: readonly Module[]): UnitModules {
  const rows = modules.map((module, m) => ({
    index: m + 1,
    name: moduleName(module),
    depth: String(module.depth),
  }));
  return groupsOf(rows, atlasLabels(modules));
}

/** The modules of a mask's voxels by the atlas that the export wrote; null where there is none. */
export async function modulesInMask(
  root: string,
  entities: Entities,
  mask: Mask,
): Promise<UnitModules | null> {
  const files = sessionFiles({ subject: entities.sub ?? '', session: entities.ses ?? null });
  const [image, table] = [files.atlas, files.atlasTable].map((file) =>
    join(root, DERIVATIVE, file),
  );
  if (!(await stat(image).catch(() => null)) || !(await stat(table).catch(() => null))) return null;
  const atlas = await openNifti(image);
  if (atlas.shape.some((size, axis) => size !== mask.shape[axis])) return null;
  const labels = await readMap(atlas);
  const rows = parseTsv(await readFile(table, 'utf8'), table);
  const [name, depth] = ['name', 'depth'].map((column) => textColumn(rows, column, table));
  const atlasRows = numberColumn(rows, 'index', table).map((index, i) => ({
    index,
    name: name[i],
    depth: depth[i],
  }));
  return groupsOf(
    atlasRows,
    Array.from(mask.voxels, (voxel) => labels[voxel]),
  );
}
