const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** From here the continued fraction needs few terms, and below it the series loses no digits. */
const TAIL_FROM = 3;

/**
 * P(0 < Z < z) over the density at z, for 0 <= z: z + z^3/3 + z^5/(3 5) + ...
 * Source: NIST DLMF 7.6.2.
 */
function centralSeries(z: number): number {
  let term = z;
  let sum = z;
  for (let k = 3; term > sum * 1e-17; k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return sum;
}

/**
 * Mills' ratio: the upper tail over the density at z, for z >= 3: 1/(z + 1/(z + 2/(z + ...))).
 * Source: NIST DLMF 7.9.1, evaluated from its 150th term back.
 */
function tailFraction(z: number): number {
  let rest = z;
  const terms = Math.ceil(20 + 1200 / (z * z));
  for (let k = terms; k > 0; k--) rest = z + k / rest;
  return 1 / rest;
}

/** Natural log of the standard normal density. */
function logDensity(z: number): number {
  return -0.5 * z * z - HALF_LOG_TWO_PI;
}

/** Natural log of the standard normal's upper tail, accurate however small the tail is. */
export function normalLogSf(z: number): number {
  if (z >= TAIL_FROM) return logDensity(z) + Math.log(tailFraction(z));
  if (z >= 0) return Math.log(0.5 - Math.exp(logDensity(z)) * centralSeries(z));
  return Math.log1p(-Math.exp(normalLogSf(-z)));
}

/** The standard normal's upper tail probability. */
export function normalSf(z: number): number {
  return Math.exp(normalLogSf(z));
}

/** A first guess within 0.0005 of z. Source: Abramowitz and Stegun 26.2.23. */
function roughIsf(logP: number): number {
  const t = Math.sqrt(-2 * logP);
  const above = 2.515517 + t * (0.802853 + t * 0.010328);
  const below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return t - above / below;
}

/**
 * The z whose upper tail has the natural log `logP`, by Newton's method on the log of the tail,
 * which is concave and so always converges. logP = 0 gives -Infinity, -Infinity gives Infinity.
 */
export function normalIsfOfLog(logP: number): number {
  if (logP === Number.NEGATIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (logP > -Math.LN2) return -normalIsfOfLog(Math.log(-Math.expm1(logP)));
  let z = roughIsf(logP);
  for (let step = 0; step < 20; step++) {
    const tail = normalLogSf(z);
    const change = (tail - logP) * Math.exp(tail - logDensity(z));
    z += change;
    if (Math.abs(change) <= 1e-9 * Math.abs(z)) break;
  }
  return z;
}

/** The z whose upper tail probability is p, 0 <= p <= 1. */
export function normalIsf(p: number): number {
  return normalIsfOfLog(Math.log(p));
}
