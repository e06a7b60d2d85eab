import { readFile } from 'node:fs/promises';
import type { Grid } from '../core/grid.js';
import type { Module } from '../core/module.js';
import { formatTsv, numberColumn, parseTsv, textColumn } from '../files/tsv.js';
import { voxelOf } from '../image/grid.js';
import type { Intensity } from '../image/intensity.js';

/** The unit table of one subject and session, a row a unit. */
export interface UnitTable {
  /** The module's name in the atlas. */
  readonly module: readonly string[]; // [units]
  readonly index: Int32Array; // [units] in the module, from 0
  readonly voxel: readonly (readonly [x: number, y: number, z: number])[]; // [units]
  readonly intensity: Intensity;
}

/** A module's name in atlas and tables: its path and the kind of tensor recorded there. */
export function moduleName({ path, kind }: Module): string {
  return `${path}:${kind}`;
}

/** Mean and sd with all their digits, so that pseudo-BOLD inverts. */
export function formatUnits(
  modules: readonly Module[],
  grid: Grid,
  { mean, sd }: Intensity,
): string {
  function* rows() {
    for (const module of modules) {
      const name = moduleName(module);
      for (let i = 0; i < module.width; i++) {
        const unit = module.firstUnit + i;
        yield [unit, name, i, ...voxelOf(grid, unit), mean[unit], sd[unit]];
      }
    }
  }
  return formatTsv(['unit', 'module', 'index', 'x', 'y', 'z', 'mean', 'sd'], rows());
}

/** Reads a unit table. Throws FileError as the table's reader does. */
export async function readUnits(path: string): Promise<UnitTable> {
  const table = parseTsv(await readFile(path, 'utf8'), path);
  const numbers = (name: string) => numberColumn(table, name, path);
  const [x, y, z] = ['x', 'y', 'z'].map(numbers);
  return {
    module: textColumn(table, 'module', path),
    index: Int32Array.from(numbers('index')),
    voxel: x.map((value, unit) => [value, y[unit], z[unit]] as const),
    intensity: {
      mean: Float64Array.from(numbers('mean')),
      sd: Float64Array.from(numbers('sd')),
    },
  };
}
