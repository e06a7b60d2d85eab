import type { Module } from '../core/module.js';
import { formatTsv } from '../files/tsv.js';
import { moduleColours } from './colours.js';
import { moduleName } from './units.js';

/** The atlas's lookup table: index counts modules from 1 in their order. */
export function formatAtlas(modules: readonly Module[]): string {
  const colours = moduleColours(modules);
  return formatTsv(
    ['index', 'name', 'color', 'depth', 'kind', 'width', 'first_unit', 'tensor'],
    modules.map((module, m) => [
      m + 1,
      moduleName(module),
      colours[m],
      module.depth,
      module.kind,
      module.width,
      module.firstUnit,
      module.tensor,
    ]),
  );
}

/** The index of each unit's module, as in the table. */
export function atlasLabels(modules: readonly Module[]): Int32Array {
  const labels = modules.flatMap((module, m) => Array<number>(module.width).fill(m + 1));
  return Int32Array.from(labels); // [units]
}
