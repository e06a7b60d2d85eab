import { ROUNDING } from '../../fit/solve.js';
import type { PromptSums } from '../sums/prompt-sums.js';
import { ratioLikelihood } from './mixed-reml.js';
import { dot, residualSums } from './mixed-residual.js';
import { promptSpectrum, type Spectrum } from './mixed-spectrum.js';

/** A fitted mixed model, from which contrasts are taken (mixedMaps). */
export interface MixedFit {
  readonly sums: PromptSums;
  readonly spectrum: Spectrum;
  /** Variance of a volume about its prompt's level; 0 where a unit never changed. */
  readonly sigma2: Float64Array; // [units]
  /** Variance of the prompts' levels. */
  readonly tau2: Float64Array; // [units]
  /** tau2 / sigma2. */
  readonly lambda: Float64Array; // [units]
  /** Half the covariance of (sigma2, tau2) over sigma2 squared: ss, st, tt. */
  readonly information: Float64Array; // [units, 3]
}

/**
 * Half the covariance of (sigma2, tau2), over sigma2 squared: the inverse of the observed Hessian of
 * minus two log restricted likelihoods, or of its expectation where that is not positive definite.
 * At lambda = 0 tau2 is taken as known.
 */
function information(
  spectrum: Spectrum,
  unit: { lambda: number; sigma2: number; sseWithin: number; readonly q: Float64Array },
  into: Float64Array, // [units, 3]
  at: number,
): void {
  const { classes, between, within } = spectrum;
  const { lambda, sigma2, q } = unit;
  if (lambda === 0) {
    into[at] = 1 / (between + within);
    return;
  }
  const inverted = (observed: number) => {
    let [ss, st, tt] = [within + observed * 2 * (unit.sseWithin / sigma2 - within), 0, 0];
    for (let c = 0; c < classes.length; c++) {
      const { xi, vectors } = classes[c];
      const e = 1 + lambda * xi;
      const size = vectors.length;
      const part = (size + observed * 2 * (q[c] / (sigma2 * e) - size)) / (e * e);
      ss += part;
      st += xi * part;
      tt += xi * xi * part;
    }
    const determinant = ss * tt - st * st;
    into[at] = tt / determinant;
    into[at + 1] = -st / determinant;
    into[at + 2] = ss / determinant;
    return ss > 0 && determinant > 0;
  };
  if (!inverted(1)) inverted(0);
}

/**
 * Fits y = X b + u + e to every unit, with u ~ N(0, tau2) one level a prompt and e ~ N(0, sigma2), by
 * restricted maximum likelihood (REML). A claim about a domain then generalises over prompts, of which
 * a recording's tokens are no sample.
 * Takes time in proportion to units x prompts x (columns + prompts of uncommon lengths).
 * @throws DesignError `no-between-dof`, `no-within-dof`.
 */
export function fitMixed(sums: PromptSums): MixedFit {
  const { units, columnSums, squares } = sums;
  const p = sums.names.length;
  const spectrum = promptSpectrum(sums);
  const { classes } = spectrum;
  const residualOf = residualSums(sums);
  const largest = classes.reduce((a, b) => (b.vectors.length > a.vectors.length ? b : a));
  const residual = new Float64Array(sums.prompts.length);
  const [sigma2, tau2] = [new Float64Array(units), new Float64Array(units)];
  const lambda = new Float64Array(units);
  const informations = new Float64Array(units * 3);
  const unit = { q: new Float64Array(classes.length), sseWithin: 0, lambda: 0, sigma2: 0 };
  const likelihood = ratioLikelihood(spectrum, unit);

  for (let u = 0; u < units; u++) {
    residualOf(u, residual);
    let explained = 0;
    for (let j = 0; j < p; j++) explained += columnSums[j * units + u] ** 2;
    // The residual sums lie in the span of all classes: the largest has what the others leave.
    let rest = dot(residual, residual);
    let ofLargest = 0;
    let between = 0;
    for (let c = 0; c < classes.length; c++) {
      if (classes[c] === largest) {
        ofLargest = c;
        continue;
      }
      let along = 0;
      for (const vector of classes[c].vectors) along += dot(vector, residual) ** 2;
      rest -= along;
      unit.q[c] = along / classes[c].xi;
      between += unit.q[c];
    }
    unit.q[ofLargest] = Math.max(rest, 0) / largest.xi;
    between += unit.q[ofLargest];
    const sse = squares[u] - explained;
    const least = ROUNDING * squares[u];
    if (sse <= least) continue;
    unit.sseWithin = Math.max(sse - between, least);
    unit.lambda = likelihood.best();
    unit.sigma2 = likelihood.sigma2(unit.lambda);
    information(spectrum, unit, informations, u * 3);
    lambda[u] = unit.lambda;
    sigma2[u] = unit.sigma2;
    tau2[u] = unit.lambda * unit.sigma2;
  }
  return { sums, spectrum, sigma2, tau2, lambda, information: informations };
}
