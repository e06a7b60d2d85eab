import { rootBetween } from '../../../math/root.js';
import type { Spectrum } from './mixed-spectrum.js';

/** First step of the scan, and the factor between steps, in lambda times the mean xi. */
const FIRST_STEP = 1e-3;
const FACTOR = 4;

/** Beyond this lambda times xi no digit of the noise within prompts is left. */
const LARGEST = 1e16;

/** The restricted likelihood of one unit's variance ratio lambda = tau2 / sigma2. */
export interface RatioLikelihood {
  /** The lambda >= 0 that maximises it. */
  best(): number;
  /** sigma2 at a lambda, where that is its best value. */
  sigma2(lambda: number): number;
}

/**
 * A likelihood over data that change in place. With e_c = 1 + lambda xi_c and S = SSE_within +
 * sum_c q_c / e_c, minus two log restricted likelihoods are, but for a constant,
 * n log S + sum_c size_c log e_c with n = rows - columns, at sigma2 = S / n.
 * All local minima between neighbouring points of a logarithmic scan are found by the sign of the
 * derivative; beyond the scan the likelihood has one turn at most.
 * Source: Patterson and Thompson 1971; Kang et al. 2008, equation 4.
 */
export function ratioLikelihood(
  { classes, between, within }: Spectrum,
  unit: {
    /** Sum of squares along each class's contrasts, each of variance sigma2 (1 + lambda xi). */
    readonly q: Float64Array; // [classes]
    sseWithin: number;
  },
): RatioLikelihood {
  const xi = Float64Array.from(classes, (c) => c.xi); // [classes]
  const sizes = Float64Array.from(classes, (c) => c.vectors.length); // [classes]
  const { q } = unit;
  const count = xi.length;
  const n = between + within;
  const meanXi = xi.reduce((sum, x, c) => sum + x * sizes[c], 0) / between;

  const spread = (lambda: number) => {
    let sum = unit.sseWithin;
    for (let c = 0; c < count; c++) sum += q[c] / (1 + lambda * xi[c]);
    return sum;
  };
  const deviance = (lambda: number) => {
    let sum = n * Math.log(spread(lambda));
    for (let c = 0; c < count; c++) sum += sizes[c] * Math.log1p(lambda * xi[c]);
    return sum;
  };
  const slope = (lambda: number) => {
    let [expected, sum, falling] = [0, unit.sseWithin, 0];
    for (let c = 0; c < count; c++) {
      const part = 1 / (1 + lambda * xi[c]);
      expected += sizes[c] * xi[c] * part;
      sum += q[c] * part;
      falling += q[c] * xi[c] * part * part;
    }
    return expected - (n * falling) / sum;
  };
  const best = () => {
    let lambda = 0;
    let lowest = Number.POSITIVE_INFINITY;
    const consider = (candidate: number) => {
      const value = deviance(candidate);
      if (value < lowest) [lambda, lowest] = [candidate, value];
    };
    let before = 0;
    let rising = slope(0) >= 0;
    if (rising) consider(0);
    for (let at = FIRST_STEP / meanXi; ; at *= FACTOR) {
      const risesHere = slope(at) >= 0;
      if (risesHere && !rising) consider(rootBetween(slope, before, at));
      if (risesHere && at * xi[0] > 30) return lambda;
      if (at * xi[0] > LARGEST) {
        if (!risesHere) consider(at);
        return lambda;
      }
      [before, rising] = [at, risesHere];
    }
  };
  return { best, sigma2: (lambda) => spread(lambda) / n };
}
