/** The middle value; the mean of the two middle ones. */
export function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** A symmetric 2 x 2 matrix, over (sigma2, tau2). */
export interface Symmetric2 {
  readonly ss: number;
  readonly st: number;
  readonly tt: number;
}

/**
 * Degrees of freedom of a variance v that is a function of estimated variances theta:
 * 2 v^2 / var(v), var(v) = g' A g, with g the gradient of v and A the covariance of theta, which is
 * twice the inverse of the Hessian of minus two log likelihoods. Given here is A / 2.
 * Source: Satterthwaite 1946; Giesbrecht and Burns 1985; Kuznetsova et al. 2017 (lmerTest).
 */
export function satterthwaiteDof(
  variance: number,
  gradient: { readonly s: number; readonly t: number },
  half: Symmetric2,
): number {
  const { s, t } = gradient;
  return (variance * variance) / (s * s * half.ss + 2 * s * t * half.st + t * t * half.tt);
}
