import type { BasisMoments } from './basis-moments.js';
import type { Moments } from './moments.js';
import { olsResidualSums } from './residual-sums.js';

/** Steps of the AR(1) coefficient in 1: nilearn fits one model a hundredth. */
export const BINS = 100;

/**
 * Coefficients of an autoregression from autocovariances, or null where they are those of no stationary
 * process. Source: the Yule-Walker equations by Levinson's recursion (Brockwell and Davis 1991, 5.2).
 */
export function yuleWalker(
  autocovariances: ArrayLike<number>, // [1 + order]
): Float64Array | null {
  const order = autocovariances.length - 1;
  const rho = new Float64Array(order);
  const before = new Float64Array(order);
  let error = autocovariances[0];
  for (let k = 0; k < order; k++) {
    let rest = autocovariances[k + 1];
    for (let j = 0; j < k; j++) rest -= rho[j] * autocovariances[k - j];
    const partial = rest / error;
    if (!(Math.abs(partial) < 1)) return null;
    before.set(rho);
    for (let j = 0; j < k; j++) rho[j] = before[j] - partial * before[k - 1 - j];
    rho[k] = partial;
    error *= 1 - partial * partial;
  }
  return rho; // [order]
}

/** Sums of products of the residuals less their mean over all units and volumes, by lag. */
interface CentredProducts {
  readonly n: number;
  /** Lags 0.. of one unit; overwritten by the next call. */
  of(unit: number): Float64Array; // [1 + lags]
  /** The design explains the unit entirely. */
  isExplained(unit: number): boolean;
}

function centredProducts(
  moments: Moments,
  basis: BasisMoments,
  options: { readonly smallest: number; readonly counted: number },
): CentredProducts {
  const { volumes: n, units, lags, squares } = moments;
  const { products, total, ends } = olsResidualSums(moments, basis);
  const mean = options.counted > 0 ? total.reduce((a, b) => a + b, 0) / (n * options.counted) : 0;
  const centred = new Float64Array(1 + lags);
  return {
    n,
    isExplained: (unit) => products[unit] <= options.smallest * squares[unit],
    of(unit) {
      for (let lag = 0; lag <= lags; lag++) {
        const end = lag === 0 ? 0 : ends[(lag - 1) * units + unit];
        const square = (n - lag) * mean * mean;
        centred[lag] = products[lag * units + unit] - mean * (2 * total[unit] - end) + square;
      }
      return centred;
    },
  };
}

/** What both estimates need. */
interface EstimateOptions {
  readonly moments: Moments;
  readonly basis: BasisMoments;
  /** Residuals below this part of a unit's squares are rounding: its coefficients are 0. */
  readonly smallest: number;
  /** Units that count in the residuals' mean: those not masked. */
  readonly counted: number;
}

/**
 * Each unit's AR(1) coefficient in hundredths: OLS residuals less their mean over all units and volumes,
 * rho = [S_1 / (n - 1)] / [S_0 / n], truncated toward zero.
 * Source: nilearn.glm.first_level.run_glm and _yule_walker.
 */
export function ar1Bins({ moments, basis, ...options }: EstimateOptions): Int8Array {
  const products = centredProducts(moments, basis, options);
  const { n } = products;
  const bins = new Int8Array(moments.units);
  for (let u = 0; u < moments.units; u++) {
    if (products.isExplained(u)) continue;
    const [s0, s1] = products.of(u);
    bins[u] = Math.max(-BINS, Math.min(BINS, Math.trunc((s1 / (n - 1) / (s0 / n)) * BINS)));
  }
  return bins;
}

/**
 * Each unit's AR(N) coefficients by Yule and Walker, neither rounded nor clustered: the autocovariance
 * at lag l is S_l / (n - l), as nilearn's. Where those belong to no stationary process, S_l / n, which
 * always do. Source: nilearn.glm.first_level.first_level._yule_walker.
 */
export function arCoefficients({ moments, basis, ...options }: EstimateOptions): Float64Array {
  const { units, lags } = moments;
  const products = centredProducts(moments, basis, options);
  const coefficients = new Float64Array(units * lags); // [units, lags]
  for (let u = 0; u < units; u++) {
    if (products.isExplained(u)) continue;
    const sums = products.of(u);
    const unbiased = sums.map((sum, lag) => sum / (products.n - lag));
    const rho = yuleWalker(unbiased) ?? yuleWalker(sums);
    if (rho) coefficients.set(rho, u * lags);
  }
  return coefficients;
}
