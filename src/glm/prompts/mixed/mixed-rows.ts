import type { MixedFit } from './mixed.js';
import { dot, residualSums } from './mixed-residual.js';

/** One unit's effects and their covariance over sigma2, and how that moves with the variances. */
export interface MixedUnit {
  readonly effects: Float64Array; // [rows]
  readonly scale: Float64Array; // [rows, rows]
  /** Derivative of the covariance by sigma2. */
  readonly bySigma2: Float64Array; // [rows, rows]
  /** Derivative of the covariance by tau2. */
  readonly byTau2: Float64Array; // [rows, rows]
}

const inner = (vectors: readonly Float64Array[]) =>
  Float64Array.from(vectors.flatMap((a) => vectors.map((b) => dot(a, b)))); // [rows, rows]

/**
 * Rows of weights C of the columns, as a function of a unit's number; what it gives is overwritten by the
 * next call. With A = Z'X (X'X)^-1 C', A_k its part along class k, e_k = 1 + lambda xi_k and r = Z'Sy:
 * effects = C b_ols - lambda sum_k A_k' r / e_k,
 * scale = C (X'X)^-1 C' + lambda sum_k A_k'A_k / e_k, with xi = 0 for the part of A that lies in no class.
 * It is what C (X'V^-1 X)^-1 C' gives, by the Woodbury identity.
 * Source: Searle, Casella and McCulloch 1992, chapters 6 and 7.
 */
export function mixedRows(
  { sums, spectrum, lambda: ratios }: MixedFit,
  weights: readonly Float64Array[], // [rows][names]
): (unit: number) => MixedUnit {
  const { names, units, inverseR, designSums, columnSums, shifts } = sums;
  const p = names.length;
  const rows = weights.map((c) => {
    const w = c.map((_, j) => c.reduce((sum, ci, i) => sum + ci * inverseR[i * p + j], 0));
    const a = Float64Array.from(sums.prompts, (_, g) =>
      dot(designSums.subarray(g * p, g * p + p), w),
    );
    const ofShift = shifts.map(({ values, constant }) => ({ values, weight: dot(c, constant) }));
    return { w, a, none: a.slice(), ofShift }; // none: [prompts] the part of a in no class
  });
  const classes = spectrum.classes.map(({ xi, vectors }) => {
    const parts = rows.map(({ a, none }) => {
      const part = new Float64Array(a.length); // [prompts]
      for (const vector of vectors) {
        const along = dot(vector, a);
        vector.forEach((v, g) => {
          part[g] += along * v;
          none[g] -= along * v;
        });
      }
      return part;
    });
    return { xi, parts, cross: inner(parts) };
  });
  const ofW = inner(rows.map(({ w }) => w));
  const ofNone = inner(rows.map(({ none }) => none));
  const size = ofW.length;
  const residualOf = residualSums(sums);
  const residual = new Float64Array(sums.prompts.length);
  const [scale, bySigma2, byTau2] = [0, 0, 0].map(() => new Float64Array(size));
  const effects = new Float64Array(rows.length);

  return (u) => {
    const lambda = ratios[u];
    rows.forEach(({ w, ofShift }, r) => {
      let value = 0;
      for (const { values, weight } of ofShift) value += weight * values[u];
      for (let j = 0; j < p; j++) value += w[j] * columnSums[j * units + u];
      effects[r] = value;
    });
    if (lambda > 0) residualOf(u, residual);
    for (let i = 0; i < size; i++) {
      scale[i] = ofW[i] + lambda * ofNone[i];
      bySigma2[i] = ofW[i];
      byTau2[i] = ofNone[i];
    }
    for (let k = 0; lambda > 0 && k < classes.length; k++) {
      const { xi, parts, cross } = classes[k];
      const e = 1 + lambda * xi;
      for (let r = 0; r < parts.length; r++) effects[r] -= (lambda * dot(parts[r], residual)) / e;
      for (let i = 0; i < size; i++) {
        scale[i] += (lambda * cross[i]) / e;
        bySigma2[i] += (lambda * lambda * xi * cross[i]) / (e * e);
        byTau2[i] += cross[i] / (e * e);
      }
    }
    return { effects, scale, bySigma2, byTau2 };
  };
}

/** Half the covariance of (sigma2, tau2) of one unit, over sigma2 squared. */
export const halfInformation = ({ information }: MixedFit, unit: number) => ({
  ss: information[unit * 3],
  st: information[unit * 3 + 1],
  tt: information[unit * 3 + 2],
});
