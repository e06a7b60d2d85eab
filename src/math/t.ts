import { betaPoint, logIncompleteBeta } from './beta.js';
import { normalIsfOfLog } from './normal.js';

/**
 * Natural log of the upper tail of Student's t with `dof` degrees of freedom, accurate however small.
 * Source: NIST DLMF 8.17.1 with P(T > t) = I_x(dof/2, 1/2) / 2, x = dof / (dof + t^2), t > 0
 * (Abramowitz and Stegun 26.7.1).
 */
export function tLogSf(t: number, dof: number): number {
  if (t === 0) return -Math.LN2;
  if (t < 0) return Math.log1p(-Math.exp(tLogSf(-t, dof)));
  return logIncompleteBeta(dof / 2, 0.5, betaPoint(dof, t * t)) - Math.LN2;
}

/** Upper tail probability of Student's t. */
export function tSf(t: number, dof: number): number {
  return Math.exp(tLogSf(t, dof));
}

/**
 * The z with the same tail probability as t: from the upper tail where t > 0 and the lower tail where
 * t < 0, as nilearn, so that it is odd in t. Unlike nilearn's, no tail is clipped.
 */
export function zOfT(t: number, dof: number): number {
  return t === 0 ? 0 : Math.sign(t) * normalIsfOfLog(tLogSf(Math.abs(t), dof));
}
