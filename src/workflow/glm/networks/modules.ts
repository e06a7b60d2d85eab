import type { ContrastMaps } from '../../../core/statmap.js';
import { formatTsv } from '../../../files/tsv.js';
import { writeJson, writeText } from '../../../files/whole.js';
import { twoSidedP } from '../../../glm/group/ari.js';
import { trueDiscoveries } from '../../../glm/group/ari-groups.js';
import type { UnitModules } from '../inputs/unit-modules.js';
import { filePath, type Place, requireLabel } from '../outputs/place.js';

/** What is known of one module or layer. */
export interface ModuleRow {
  readonly level: 'module' | 'layer';
  readonly name: string;
  readonly units: number;
  /** Units the threshold chose. */
  readonly active: number;
  /** At least so many respond, with confidence 1 - alpha for all rows at once. */
  readonly discoveries: number;
  /** discoveries / units. */
  readonly proportion: number;
}

/**
 * True discoveries of every module and layer: all-resolutions inference on the map's two-sided p.
 * Units that were masked have p 1, which can only make the bounds smaller.
 */
export function moduleRows(options: {
  readonly maps: ContrastMaps;
  readonly active: Uint8Array; // [units]
  readonly modules: UnitModules;
  readonly alpha: number;
}): ModuleRow[] {
  const { maps, active, modules, alpha } = options;
  const p = twoSidedP(maps.z);
  maps.dofPerUnit?.forEach((dof, u) => {
    if (dof === 0) p[u] = 1;
  });
  const groups = [...modules.layers, ...modules.modules];
  return trueDiscoveries({ p, groups, alpha }).map((found, i) => ({
    level: i < modules.layers.length ? 'layer' : 'module',
    ...found,
    active: Array.from(groups[i].units).reduce((sum, unit) => sum + active[unit], 0),
  }));
}

/** What is known of each module and layer in one network. */
export async function writeModules(
  place: Place,
  contrast: string,
  own: { readonly rows: readonly ModuleRow[]; readonly alpha: number },
): Promise<void> {
  const entities = { ...place.entities, contrast: requireLabel(contrast) };
  const path = (extension: string) => filePath(place.root, entities, 'modules', extension);
  const columns = ['level', 'name', 'units', 'active', 'discoveries', 'proportion'] as const;
  await writeText(
    path('.tsv'),
    formatTsv(
      columns,
      own.rows.map((row) => columns.map((column) => row[column])),
    ),
  );
  await writeJson(path('.json'), {
    Description:
      'At least so many units (discoveries) of each module and layer respond, with this confidence for all rows at once: all-resolutions inference on two-sided p (Rosenblatt et al. 2018)',
    Confidence: 1 - own.alpha,
    Sources: place.sources,
    Command: place.command,
  });
}
