import { hypergeometricLogSf } from '../math/hypergeometric.js';
import { normalLogSf } from '../math/normal.js';

/** Units that two networks share, beside their sizes. */
export interface Overlap {
  readonly inA: number;
  readonly inB: number;
  readonly both: number;
  /** 2 |A and B| / (|A| + |B|); null where both are empty. Source: Dice 1945. */
  readonly dice: number | null;
  /** |A and B| / |A or B|; null where both are empty. Source: Jaccard 1912. */
  readonly jaccard: number | null;
}

/**
 * How far two networks overlap, over all units or some of them.
 * @throws RangeError where they are not over the same units
 */
export function overlap(
  a: Uint8Array, // [units]
  b: Uint8Array, // [units]
  units?: ArrayLike<number>,
): Overlap {
  if (a.length !== b.length)
    throw new RangeError(`networks over ${a.length} and ${b.length} units`);
  let [inA, inB, both] = [0, 0, 0];
  const count = units?.length ?? a.length;
  for (let i = 0; i < count; i++) {
    const u = units ? units[i] : i;
    inA += a[u];
    inB += b[u];
    both += a[u] & b[u];
  }
  const isEmpty = inA + inB === 0;
  return {
    ...{ inA, inB, both },
    dice: isEmpty ? null : (2 * both) / (inA + inB),
    jaccard: isEmpty ? null : both / (inA + inB - both),
  };
}

/** What networks of these sizes would share if their units were drawn at random. */
export interface ChanceOverlap {
  /** Units shared on average, drawn from all units. */
  readonly expected: number;
  /** Natural log of the chance of sharing as many as they do, or more. */
  readonly logP: number;
  /** The same where each draws as many units from every module as it has there. */
  readonly expectedWithin: number;
  readonly logPWithin: number;
}

/**
 * Overlap by chance, twice: with units drawn from all (hypergeometric), and within modules, which takes
 * out that both networks may lie in the same modules (the Cochran-Mantel-Haenszel test: a normal
 * approximation to the sum of hypergeometrics, one-sided, without continuity correction).
 * Units are counted as if independent, which units of one model are not: small p are too small.
 * Source: Mantel and Haenszel 1959.
 */
export function chanceOverlap(
  a: Uint8Array, // [units]
  b: Uint8Array, // [units]
  modules: readonly ArrayLike<number>[],
): ChanceOverlap {
  const all = overlap(a, b);
  const population = a.length;
  const logP = hypergeometricLogSf(all.both, { population, a: all.inA, b: all.inB });
  let [expectedWithin, variance, both] = [0, 0, 0];
  for (const units of modules) {
    const own = overlap(a, b, units);
    const n = units.length;
    both += own.both;
    expectedWithin += n === 0 ? 0 : (own.inA * own.inB) / n;
    if (n > 1) variance += (own.inA * own.inB * (n - own.inA) * (n - own.inB)) / (n * n * (n - 1));
  }
  const z = variance > 0 ? (both - expectedWithin) / Math.sqrt(variance) : 0;
  return {
    expected: population === 0 ? 0 : (all.inA * all.inB) / population,
    logP,
    expectedWithin,
    logPWithin: variance > 0 ? normalLogSf(z) : 0,
  };
}
