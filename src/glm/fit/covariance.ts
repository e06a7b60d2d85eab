import { BINS } from './autoregression.js';
import { factorise, solveLower } from './cholesky.js';
import type { Fit } from './fit.js';
import { makeWhitening } from './whitening.js';

/** Rows of weights of a design's columns, in the orthonormal basis: C R^-1. */
export function basisWeights(
  fit: Fit,
  weights: readonly Float64Array[], // [rows][names]
): Float64Array[] {
  const { columns: p, inverseR } = fit.basis;
  return weights.map((row) =>
    Float64Array.from({ length: p }, (_, j) =>
      row.reduce((sum, w, i) => sum + w * inverseR[i * p + j], 0),
    ),
  ); // [rows][columns]
}

/**
 * C (X'W'WX)^-1 C' of each unit, as a function of its number; the array it gives may be overwritten by
 * the next call. Units of one AR(1) bin share theirs.
 */
export function covarianceOf(
  fit: Fit,
  rows: readonly Float64Array[], // [rows][columns], in the orthonormal basis
): (unit: number) => Float64Array {
  const { order, bins, coefficients } = fit.autoregression;
  const p = fit.basis.columns;
  const whitening = makeWhitening(fit.sums, order);
  const cross = new Float64Array(p * p);
  const solved = rows.map(() => new Float64Array(p)); // [rows][columns]

  const compute = (unit: number): Float64Array => {
    whitening.set(coefficients, unit * order);
    whitening.cross(cross);
    factorise(cross, p);
    solved.forEach((own, r) => {
      own.set(rows[r]);
      solveLower(cross, p, own);
    });
    const form = new Float64Array(rows.length ** 2); // [rows, rows]
    solved.forEach((a, r) => {
      solved.forEach((b, s) => {
        let sum = 0;
        for (let j = 0; j < p; j++) sum += a[j] * b[j];
        form[r * rows.length + s] = sum;
      });
    });
    return form;
  };

  if (order > 0 && !bins) return compute;
  const shared = new Array<Float64Array | undefined>(2 * BINS + 1).fill(undefined);
  return (unit) => {
    const bin = (bins?.[unit] ?? 0) + BINS;
    shared[bin] ??= compute(unit);
    return shared[bin];
  };
}
