/** Below this the recurrence is used, above it Stirling's series is exact to double precision. */
const STIRLING_FROM = 10;

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** Coefficients of 1/x, 1/x^3, ... in Stirling's series. Source: NIST DLMF 5.11.1. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];

/** What log Gamma(x) exceeds Stirling's leading terms by, for x >= 10. */
function stirlingRemainder(x: number): number {
  const square = 1 / (x * x);
  return STIRLING.reduceRight((sum, coefficient) => sum * square + coefficient, 0) / x;
}

/**
 * Natural log of the gamma function, for x > 0.
 * Source: NIST DLMF 5.11.1 (Stirling's series) and 5.5.1 (Gamma(x + 1) = x Gamma(x)).
 */
export function logGamma(x: number): number {
  let product = 1;
  let at = x;
  while (at < STIRLING_FROM) product *= at++;
  const large = (at - 0.5) * Math.log(at) - at + HALF_LOG_TWO_PI + stirlingRemainder(at);
  return large - Math.log(product);
}

/**
 * Natural log of the beta function B(a, b), for a, b > 0. Where one argument is large, the two
 * gamma functions that nearly cancel are subtracted term by term in Stirling's series.
 * Source: NIST DLMF 5.12.1 and 5.11.1.
 */
export function logBeta(a: number, b: number): number {
  const large = Math.max(a, b);
  const small = Math.min(a, b);
  if (large < STIRLING_FROM) return logGamma(a) + logGamma(b) - logGamma(a + b);
  const ratio =
    small -
    small * Math.log(large) -
    (large + small - 0.5) * Math.log1p(small / large) +
    stirlingRemainder(large) -
    stirlingRemainder(large + small);
  return logGamma(small) + ratio;
}

/** Density of the gamma distribution at x, zero for x <= 0 (shapes above 1). */
export function gammaDensity(x: number, shape: number, scale: number): number {
  if (x <= 0) return 0;
  const u = x / scale;
  return Math.exp((shape - 1) * Math.log(u) - u - logGamma(shape)) / scale;
}
