import { normalIsf, normalSf } from '../math/distributions.js';

/** How units are chosen: a z given, or an error rate held. */
export type ThresholdRule =
  | { readonly method: 'fixed'; readonly z: number }
  /** Part of inactive units called active. */
  | { readonly method: 'fpr'; readonly alpha: number }
  /** Part of the units called active that are not (Benjamini and Hochberg 1995). */
  | { readonly method: 'fdr'; readonly alpha: number }
  /** Chance of any unit called active wrongly. */
  | { readonly method: 'bonferroni'; readonly alpha: number };

export interface Threshold {
  /** The z that an active unit reaches; Infinity where none does. */
  readonly threshold: number;
  readonly active: Uint8Array; // [units] 1 where active
  readonly count: number;
}

/** The largest z such that all units at or above it pass p_i < alpha i / N, z in falling order. */
function fdrThreshold(z: Float64Array, alpha: number): number {
  const falling = z.slice().sort().reverse(); // [units]
  const last = falling.findLastIndex((value, i) => normalSf(value) < (alpha * (i + 1)) / z.length);
  return last < 0 ? Number.POSITIVE_INFINITY : falling[last] - 1e-12;
}

function thresholdOf(z: Float64Array, rule: ThresholdRule, sides: number): number {
  if (rule.method === 'fixed') return rule.z;
  const alpha = rule.alpha / sides;
  if (rule.method === 'fpr') return normalIsf(alpha);
  if (rule.method === 'fdr') return fdrThreshold(z, alpha);
  return normalIsf(alpha / z.length);
}

/**
 * The units that a map's z calls active. Two-sided (the default) halves alpha and takes |z|.
 * Source: nilearn.glm.thresholding (fdr_threshold, threshold_stats_img).
 */
export function applyThreshold(options: {
  readonly z: Float64Array; // [units]
  readonly rule: ThresholdRule;
  readonly twoSided?: boolean;
}): Threshold {
  const { rule, twoSided = true } = options;
  const z = twoSided ? options.z.map(Math.abs) : options.z;
  const threshold = thresholdOf(z, rule, twoSided ? 2 : 1);
  const active = Uint8Array.from(z, (value) => (value >= threshold ? 1 : 0));
  return { threshold, active, count: active.reduce((sum, a) => sum + a, 0) };
}
