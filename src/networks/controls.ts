import type { Random } from '../math/random.js';

/**
 * A random set of as many units in every module as a network has there.
 * @param network units of the network
 * @param modules the units of each module; together all units to draw from
 */
export function matchedSet(
  network: readonly number[],
  modules: readonly ArrayLike<number>[],
  random: Random,
): number[] {
  const own = new Set(network);
  return modules.flatMap((units) => {
    const pool = Array.from(units);
    const count = pool.filter((u) => own.has(u)).length;
    return drawn(pool, count, random);
  });
}

/** The first `count` of the pool in random order; the pool is changed. Source: Fisher and Yates. */
function drawn(pool: number[], count: number, random: Random): number[] {
  for (let i = 0; i < count; i++) {
    const j = i + random.integer(pool.length - i);
    [pool[i], pool[j]] = [pool[j], pool[i]];
  }
  return pool.slice(0, count);
}

/** One value beside those of random sets. */
export interface BesideControls {
  readonly observed: number;
  readonly controlMean: number;
  readonly controlSd: number;
  /** (observed - mean) / sd of the controls. */
  readonly effectSize: number;
  /** Two-sided: of a control as far out or farther. */
  readonly p: number;
}

/**
 * A value against its controls: p = 2 (1 + controls as far out on its side) / (1 + controls), at most 1.
 * Source: Phipson and Smyth 2010.
 */
export function besideControls(observed: number, controls: readonly number[]): BesideControls {
  const n = controls.length;
  const controlMean = controls.reduce((sum, value) => sum + value, 0) / n;
  const squares = controls.reduce((sum, value) => sum + (value - controlMean) ** 2, 0);
  const controlSd = Math.sqrt(squares / (n - 1));
  const low = controls.filter((value) => value <= observed).length;
  const high = controls.filter((value) => value >= observed).length;
  return {
    ...{ observed, controlMean, controlSd },
    effectSize: (observed - controlMean) / controlSd,
    p: Math.min(1, (2 * (1 + Math.min(low, high))) / (1 + n)),
  };
}
