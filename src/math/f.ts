import { betaPoint, logIncompleteBeta } from './beta.js';
import { normalIsfOfLog } from './normal.js';

/** Degrees of freedom of an F statistic. */
export interface FDof {
  readonly numerator: number;
  readonly denominator: number;
}

/** Where F's tail lies: x = d2 / (d2 + d1 F). */
function pointOfF(f: number, { numerator, denominator }: FDof) {
  return betaPoint(denominator, numerator * f);
}

/**
 * Natural log of the upper tail of Fisher's F, for f >= 0, accurate however small.
 * Source: P(F > f) = I_x(d2/2, d1/2), x = d2 / (d2 + d1 f) (Abramowitz and Stegun 26.6.2).
 */
export function fLogSf(f: number, dof: FDof): number {
  if (f <= 0) return 0;
  return logIncompleteBeta(dof.denominator / 2, dof.numerator / 2, pointOfF(f, dof));
}

/** Natural log of the lower tail of Fisher's F, for f >= 0. */
export function fLogCdf(f: number, dof: FDof): number {
  if (f <= 0) return Number.NEGATIVE_INFINITY;
  const { x, y, logX, logY } = pointOfF(f, dof);
  const lower = { x: y, y: x, logX: logY, logY: logX };
  return logIncompleteBeta(dof.numerator / 2, dof.denominator / 2, lower);
}

/** The z with the same upper tail probability as f; from the lower tail where that is the smaller. */
export function zOfF(f: number, dof: FDof): number {
  const upper = fLogSf(f, dof);
  return upper <= -Math.LN2 ? normalIsfOfLog(upper) : -normalIsfOfLog(fLogCdf(f, dof));
}
