import { DesignError } from '../../core/errors.js';
import { normalIsf, normalSf } from '../../math/distributions.js';

/** How units are chosen: a z given, or an error rate held. */
export type ThresholdRule =
  | { readonly method: 'fixed'; readonly z: number }
  /** Part of inactive units called active. */
  | { readonly method: 'fpr'; readonly alpha: number }
  /** Part of the units called active that are not (Benjamini and Hochberg 1995). */
  | { readonly method: 'fdr'; readonly alpha: number }
  /** Chance of any unit called active wrongly. */
  | { readonly method: 'bonferroni'; readonly alpha: number };

/**
 * The given part of the units, in per cent, whose z are largest; units of equal z stand or fall
 * together, so that there may be a few more. No error rate is held.
 */
export interface TopRule {
  readonly method: 'top';
  readonly percent: number;
}

/** Chance of any unit called active wrongly, held by rearranging the data (permutationTest's pFwe). */
export interface PermutationRule {
  readonly method: 'permutation';
  readonly alpha: number;
}

/** Every rule by which a network's units are chosen. */
export type NetworkRule = ThresholdRule | TopRule | PermutationRule;

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

/** The z that the wanted part of the units reaches. */
function topThreshold(z: Float64Array, percent: number): number {
  const falling = z.slice().sort().reverse(); // [units]
  const count = Math.round((percent / 100) * z.length);
  return count === 0 ? Number.POSITIVE_INFINITY : falling[count - 1];
}

function thresholdOf(z: Float64Array, rule: ThresholdRule | TopRule, sides: number): number {
  if (rule.method === 'fixed') return rule.z;
  if (rule.method === 'top') return topThreshold(z, rule.percent);
  const alpha = rule.alpha / sides;
  if (rule.method === 'fpr') return normalIsf(alpha);
  if (rule.method === 'fdr') return fdrThreshold(z, alpha);
  return normalIsf(alpha / z.length);
}

/** One check a method: what its number may be. */
function checkRule(rule: ThresholdRule | TopRule): void {
  const fits =
    rule.method === 'fixed'
      ? Number.isFinite(rule.z)
      : rule.method === 'top'
        ? rule.percent > 0 && rule.percent <= 100
        : rule.alpha > 0 && rule.alpha < 1;
  if (fits) return;
  throw new DesignError('threshold', {
    given: `threshold ${JSON.stringify(rule)}`,
    expected: 'a finite z, an alpha between 0 and 1, or a per cent above 0 and up to 100',
    todo: 'Correct the threshold.',
  });
}

/**
 * The units that a map's z calls active. Two-sided (the default) halves alpha and takes |z|; F tests
 * have one side. Units with `dofPerUnit` 0, which a fit masked, are neither tested nor counted.
 * Source: nilearn.glm.thresholding (fdr_threshold, threshold_stats_img).
 * @throws DesignError `threshold` where the rule's number makes no sense.
 */
export function applyThreshold(options: {
  readonly z: Float64Array; // [units]
  readonly rule: ThresholdRule | TopRule;
  readonly twoSided?: boolean;
  /** As the maps have them. */
  readonly dofPerUnit?: Float64Array; // [units]
}): Threshold {
  const { rule, twoSided = true, dofPerUnit } = options;
  checkRule(rule);
  const z = twoSided ? options.z.map(Math.abs) : options.z;
  const tested = dofPerUnit ? z.filter((_, u) => dofPerUnit[u] > 0) : z; // [tested units]
  const threshold = thresholdOf(tested, rule, twoSided ? 2 : 1);
  const isTested = (u: number) => dofPerUnit === undefined || dofPerUnit[u] > 0;
  const active = Uint8Array.from(z, (value, u) => (value >= threshold && isTested(u) ? 1 : 0));
  return { threshold, active, count: active.reduce((sum, a) => sum + a, 0) };
}
