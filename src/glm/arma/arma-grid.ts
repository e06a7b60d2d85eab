import { DesignError } from '../../core/errors.js';
import { lagOne } from './arma-whiten.js';

/** Correlations below this count as none, as in 3dREMLfit. */
const SMALLEST_CORRELATION = 0.0011;

/** Which pairs (a, b) are tried; the names in brackets are 3dREMLfit's options. */
export interface ArmaGridOptions {
  /** 2^divisions steps from 0 to the largest a and b (-Grid); 3 by default, 7 at most. */
  readonly divisions?: number;
  /** The largest a (-MAXa) and b (-MAXb); 0.8 by default, 0.1 to 0.9. */
  readonly largestA?: number;
  readonly largestB?: number;
  /** Also negative correlations (-NEGcor); not by default. */
  readonly negative?: boolean;
}

/** Pairs at (a, b) = (aOf[i], bOf[j]). */
export interface ArmaGrid {
  readonly aOf: readonly number[];
  readonly bOf: readonly number[];
  /** The pairs to try, as i + j x aOf.length, in the order of their index. */
  readonly valid: readonly number[];
  /** The pair (0, 0): independent volumes. */
  readonly zero: number;
  /** The first scan takes every 2^coarsest-th pair. */
  readonly coarsest: number;
}

/**
 * 3dREMLfit's grid: a from 0 (or minus the largest) to the largest, b on both sides of 0; pairs whose
 * neighbours correlate below 0.0011 are left out but for (0, 0).
 * @throws DesignError `arma-grid`.
 */
export function armaGrid(options: ArmaGridOptions): ArmaGrid {
  const { divisions = 3, largestA = 0.8, largestB = 0.8, negative = false } = options;
  const fits = (largest: number) => largest >= 0.1 && largest <= 0.9;
  if (!Number.isInteger(divisions) || divisions < 3 || divisions > 7) refuse(options);
  if (!fits(largestA) || !fits(largestB)) refuse(options);
  const half = 2 ** divisions;
  const steps = (largest: number, below: number) =>
    Array.from({ length: half + below + 1 }, (_, i) => (largest * (i - below)) / half);
  const aOf = steps(largestA, negative ? half : 0);
  const bOf = steps(largestB, half);
  const zero = aOf.indexOf(0) + bOf.indexOf(0) * aOf.length;
  const valid = Array.from({ length: aOf.length * bOf.length }, (_, k) => k).filter((k) => {
    const lambda = lagOne(aOf[k % aOf.length], bOf[Math.floor(k / aOf.length)]);
    return (
      k === zero || lambda >= SMALLEST_CORRELATION || (negative && lambda <= -SMALLEST_CORRELATION)
    );
  });
  return { aOf, bOf, valid, zero, coarsest: negative ? divisions - 1 : divisions - 2 };
}

function refuse(options: ArmaGridOptions): never {
  throw new DesignError('arma-grid', {
    given: `an ARMA(1,1) grid of ${JSON.stringify(options)}`,
    expected: 'divisions of 3 to 7, largestA and largestB of 0.1 to 0.9',
    todo: 'Correct the grid; 3 divisions up to 0.8 are the defaults.',
  });
}

/**
 * The pair of lowest value near the best seen so far: from (0, 0), every 2^l-th pair of the window, l
 * falling from `coarsest` to 0, the window narrowing to 2^l steps round the best.
 * Source: 3dREMLfit's search (Cox, Chen, Glen, Reynolds and Taylor 2017; -Grid in its help).
 * @param deviance minus log likelihood of a pair, Infinity where it is not to be tried; it may be asked
 *   for a pair more than once.
 */
export function searchGrid(grid: ArmaGrid, deviance: (pair: number) => number): number {
  const across = grid.aOf.length;
  let best = grid.zero;
  let lowest = deviance(best);
  let [left, right, low, high] = [0, across - 1, 0, grid.bOf.length - 1];
  for (let level = grid.coarsest; level >= 0; level--) {
    const step = 2 ** level;
    for (let j = low; j <= high; j += step) {
      for (let i = left; i <= right; i += step) {
        const value = deviance(i + j * across);
        if (value < lowest) [best, lowest] = [i + j * across, value];
      }
    }
    const [i, j] = [best % across, Math.floor(best / across)];
    [left, right] = [Math.max(0, i - step), Math.min(across - 1, i + step)];
    [low, high] = [Math.max(0, j - step), Math.min(grid.bOf.length - 1, j + step)];
  }
  return best;
}
