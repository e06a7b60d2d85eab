import type { Module } from '../../core/module.js';
import { hommel, type UnitSet } from './ari.js';

/** A named set of units: a module, a layer, a network. Groups may overlap. */
export interface UnitGroup {
  readonly name: string;
  readonly units: UnitSet;
}

/** What is known of a group, with confidence 1 - alpha for all groups at once. */
export interface GroupDiscoveries {
  readonly name: string;
  readonly units: number;
  /** At least so many of them are active. */
  readonly discoveries: number;
  /** discoveries / units; 0 of an empty group. */
  readonly proportion: number;
}

/** Consecutive units. */
const range = (first: number, count: number) =>
  Int32Array.from({ length: count }, (_, i) => first + i); // [count]

/** Each module's units, named by its path. */
export function groupsOfModules(modules: readonly Module[]): UnitGroup[] {
  return modules.map(({ path, firstUnit, width }) => ({
    name: path,
    units: range(firstUnit, width),
  }));
}

/** Each depth's units, all its modules together: `embedding`, `layer 0`..., `head`. */
export function groupsOfLayers(modules: readonly Module[]): UnitGroup[] {
  const unitsOf = new Map<string, number[]>();
  for (const { depth, firstUnit, width } of modules) {
    const name = typeof depth === 'number' ? `layer ${depth}` : depth;
    unitsOf.set(name, [...(unitsOf.get(name) ?? []), ...range(firstUnit, width)]);
  }
  return [...unitsOf].map(([name, units]) => ({ name, units }));
}

/**
 * How many units of each group are active at least: all-resolutions inference (see hommel).
 * @throws DataError `p-values`, `unit-set`.
 */
export function trueDiscoveries(options: {
  readonly p: ArrayLike<number>; // [units]
  readonly groups: readonly UnitGroup[];
  readonly alpha: number;
}): GroupDiscoveries[] {
  const { p, groups, alpha } = options;
  const { discoveries } = hommel(p, alpha);
  return groups.map(({ name, units: set }) => {
    const units =
      set instanceof Uint8Array ? set.reduce((sum, v) => sum + (v ? 1 : 0), 0) : set.length;
    const found = discoveries(set);
    return { name, units, discoveries: found, proportion: units === 0 ? 0 : found / units };
  });
}
