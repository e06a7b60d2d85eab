import { DataError } from '../../core/errors.js';
import { normalLogSf } from '../../math/distributions.js';

/** A set of units: their indices (each once), or a mask over all, 1 where in the set. */
export type UnitSet = Uint8Array | Int32Array | readonly number[]; // [units] if Uint8Array, else [size]

/** Hommel's procedure on one set of hypotheses: from it, a bound for every subset of them. */
export interface Hommel {
  readonly alpha: number;
  /** No more units than this can be inactive, with confidence 1 - alpha. */
  readonly h: number;
  /**
   * At least so many units of the set are active, with confidence 1 - alpha for all sets at once, so
   * sets may be chosen after looking.
   */
  discoveries(set: UnitSet): number;
}

/**
 * Two-sided p of z, by the log of the tail: down to 5e-324 (|z| about 38), 0 beyond, which every bound
 * takes for what it is: smaller than all it is compared with.
 */
export function twoSidedP(z: ArrayLike<number>): Float64Array {
  return Float64Array.from(z, (value) => Math.exp(Math.LN2 + normalLogSf(Math.abs(value)))); // [units]
}

function check(p: ArrayLike<number>, alpha: number): void {
  const wrong = Array.from(p).findIndex((value) => !(value >= 0 && value <= 1));
  if (p.length > 0 && wrong < 0 && alpha > 0 && alpha < 1) return;
  const fault = wrong < 0 ? `${p.length} p values` : `a p value of ${p[wrong]} in unit ${wrong}`;
  throw new DataError('p-values', {
    given: `${fault}, alpha ${alpha}`,
    expected: 'one p value or more, all from 0 to 1, and alpha between 0 and 1',
    todo: 'Take p values of one map (twoSidedP of its z), units without data left out.',
  });
}

/** The set's units, checked. */
function membersOf(set: UnitSet, seen: Uint8Array): readonly number[] | Int32Array {
  const units = seen.length;
  if (set instanceof Uint8Array) {
    if (set.length === units) return [...set.keys()].filter((u) => set[u] !== 0);
    throw new DataError('unit-set', {
      given: `a mask over ${set.length} units`,
      expected: `one over ${units} units`,
      todo: 'Make the mask over the units that were tested.',
    });
  }
  seen.fill(0);
  for (const unit of set) {
    if (Number.isInteger(unit) && unit >= 0 && unit < units && seen[unit] === 0) {
      seen[unit] = 1;
      continue;
    }
    throw new DataError('unit-set', {
      given: `unit ${unit}`,
      expected: `whole numbers from 0 to ${units - 1}, each once`,
      todo: 'Give each unit of the set once, counted from 0.',
    });
  }
  return set;
}

/**
 * Hommel's h: the largest i of 0..m such that i p_(m-i+j) > j alpha for all j = 1..i, p in rising order.
 * An i that fails at some p_k fails there for every larger i (j = i - m + k, and p_k <= alpha), so h falls
 * past the failures of one p_k after another: m steps down at most, and the sort, O(m log m).
 * Source: Hommel 1988; Meijer, Krebs and Goeman 2019.
 */
function hommelH(p: ArrayLike<number>, alpha: number): number {
  const rising = Float64Array.from(p).sort();
  const m = rising.length;
  let h = m;
  for (let k = m; k > 0; k--) {
    const above = m - k;
    while (h > above && h * rising[k - 1] <= (h - above) * alpha) h--;
  }
  return h;
}

/**
 * All-resolutions inference: closed testing with Simes tests, by Hommel's shortcut. With h as above, of a
 * set S at least max over u of 1 - u + #{i in S: h p_i <= u alpha} are active. Time for a set is linear in
 * its size (in m, for the check of its indices).
 * Holds where Simes' inequality does: p values that are independent or positively dependent. For two-sided
 * p of dependent units that is seen in simulations, not proven.
 * Source: Goeman and Solari 2011; Goeman, Meijer, Krebs and Solari 2019; Rosenblatt et al. 2018.
 * @throws DataError `p-values`; `discoveries` throws DataError `unit-set`.
 */
export function hommel(p: ArrayLike<number>, alpha: number): Hommel {
  check(p, alpha);
  const h = hommelH(p, alpha);
  const seen = new Uint8Array(p.length);
  const discoveries = (set: UnitSet) => {
    const members = membersOf(set, seen);
    const size = members.length;
    const first = new Int32Array(size + 1); // [size + 1] units that count from u on
    for (const unit of members) {
      const u = Math.max(1, Math.ceil((h * p[unit]) / alpha)); // the least with h p <= u alpha
      if (u <= size) first[u]++;
    }
    let most = 0;
    let counted = 0;
    for (let u = 1; u <= size; u++) {
      counted += first[u];
      most = Math.max(most, 1 - u + counted);
    }
    return most;
  };
  return { alpha, h, discoveries };
}
