import { logBeta } from './gamma.js';

const SMALLEST = 1e-300;
const MOST_TERMS = 100_000;

/**
 * The continued fraction of the incomplete beta function; converges fast for x < (a + 1) / (a + b + 2).
 * Source: NIST DLMF 8.17.22, evaluated by the modified Lentz method (Numerical Recipes 5.2 and 6.4).
 */
function continuedFraction(a: number, b: number, x: number): number {
  const nonzero = (value: number) => (Math.abs(value) < SMALLEST ? SMALLEST : value);
  let c = 1;
  let d = 1 / nonzero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonzero(1 + even * d);
    c = nonzero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonzero(1 + odd * d);
    c = nonzero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) return fraction;
  }
  throw new Error(`the incomplete beta function did not converge at a=${a}, b=${b}, x=${x}`);
}

/** Where in (0, 1) an incomplete beta function is taken: x, 1 - x and both logs, each accurate. */
export interface BetaPoint {
  readonly x: number;
  readonly y: number;
  readonly logX: number;
  readonly logY: number;
}

/** The point x = u / (u + v), for u, v > 0. */
export function betaPoint(u: number, v: number): BetaPoint {
  const logX = -Math.log1p(v / u);
  const logY = -Math.log1p(u / v);
  return { x: u / (u + v), y: v / (u + v), logX, logY };
}

/** By the continued fraction. Source: NIST DLMF 8.17.22. */
function logByFraction(a: number, b: number, { x, logX, logY }: BetaPoint): number {
  const front = a * logX + b * logY - Math.log(a) - logBeta(a, b);
  return front + Math.log(continuedFraction(a, b, x));
}

/**
 * Natural log of the regularised incomplete beta function I_x(a, b), accurate however small it is: by
 * the fraction where it converges fast, else from the other side.
 * Source: NIST DLMF 8.17.4 (I_x(a, b) = 1 - I_(1-x)(b, a)).
 */
export function logIncompleteBeta(a: number, b: number, point: BetaPoint): number {
  if (point.x < (a + 1) / (a + b + 2)) return logByFraction(a, b, point);
  const { x, y, logX, logY } = point;
  return Math.log1p(-Math.exp(logByFraction(b, a, { x: y, y: x, logX: logY, logY: logX })));
}
