import type { Entities } from '../../../bids/entities.js';
import type { NetworkSummary } from '../../../core/network.js';
import type { ContrastMaps } from '../../../core/statmap.js';
import {
  applyThreshold,
  type NetworkRule,
  type Threshold,
} from '../../../glm/contrast/threshold.js';
import type { Permuted } from '../fit/permuted.js';
import type { ModuleRow } from './modules.js';

/** A threshold rule in words. */
export function describeRule(rule: NetworkRule): string {
  if (rule.method === 'fixed') return `fixed |z| of ${rule.z}`;
  if (rule.method === 'top') return `the ${rule.percent}% of units with the largest |z|`;
  if (rule.method === 'permutation') return `permutations, family-wise at ${rule.alpha}, two-sided`;
  return `${rule.method} at ${rule.alpha}, two-sided`;
}

/** A network with its units. */
export interface Network extends NetworkSummary {
  readonly mask: Uint8Array; // [units]
  /** What is known of each module and layer; absent where the modules are not known. */
  readonly modules?: readonly ModuleRow[];
}

/** The units whose corrected p is small enough, and the smallest |z| among them. */
function byPermutation(z: Float64Array, pFwe: Float64Array, alpha: number): Threshold {
  const active = Uint8Array.from(pFwe, (p) => (p <= alpha ? 1 : 0)); // [units]
  let [count, threshold] = [0, Number.POSITIVE_INFINITY];
  active.forEach((on, u) => {
    count += on;
    if (on) threshold = Math.min(threshold, Math.abs(z[u]));
  });
  return { active, count, threshold };
}

/** Thresholds a contrast's map, two-sided; null where the rule needs permutations and there are none. */
export function networkOf(
  entities: Entities,
  own: { readonly maps: ContrastMaps; readonly permuted?: Permuted | undefined },
  rule: NetworkRule,
): Network | null {
  const { maps, permuted } = own;
  if (rule.method === 'permutation' && !permuted) return null;
  const { active, count, threshold } =
    rule.method === 'permutation'
      ? byPermutation(maps.z, permuted!.pFwe, rule.alpha)
      : applyThreshold({
          z: maps.z,
          rule,
          ...(maps.dofPerUnit && { dofPerUnit: maps.dofPerUnit }),
        });
  const positive = active.reduce((sum, on, u) => sum + (on && maps.z[u] > 0 ? 1 : 0), 0);
  return {
    subject: entities.sub ?? 'group',
    session: entities.ses ?? null,
    task: entities.task ?? '',
    ...(entities.acq !== undefined && { acquisition: entities.acq }),
    contrast: maps.contrast,
    units: maps.z.length,
    active: count,
    positive,
    negative: count - positive,
    threshold: Number.isFinite(threshold) ? threshold : null,
    dof: maps.dof,
    mask: active,
  };
}
