import { spacing } from './frame-times.js';
import { orthogonalColumns } from './orthogonalise.js';

/** Slow changes the design takes out beside the constant. */
export type Drift =
  | { readonly model: 'none' }
  /** Cosines slower than `highPass` hertz. */
  | { readonly model: 'cosine'; readonly highPass: number }
  /** Powers of time up to `order`. */
  | { readonly model: 'polynomial'; readonly order: number };

/**
 * Discrete cosines k = 1..K, K = floor(2 n highPass TR).
 * Source: nilearn.glm.first_level.design_matrix.create_cosine_drift (Ashburner's DCT in SPM).
 */
function cosines(frameTimes: Float64Array, highPass: number): Float64Array[] {
  const n = frameTimes.length;
  const count = Math.min(n - 1, Math.floor(2 * n * highPass * spacing(frameTimes)));
  return Array.from({ length: count }, (_, k) =>
    frameTimes.map((_, j) => Math.sqrt(2 / n) * Math.cos((Math.PI * (k + 1) * (j + 0.5)) / n)),
  ); // [K][volumes]
}

/** Powers of t / max t, each orthogonal to the lower ones. Source: nilearn's _poly_drift. */
function polynomials(frameTimes: Float64Array, order: number): Float64Array[] {
  const last = frameTimes[frameTimes.length - 1];
  const powers = Array.from({ length: order + 1 }, (_, k) =>
    frameTimes.map((t) => (t / last) ** k),
  );
  return orthogonalColumns(powers).slice(1); // [order][volumes]
}

/** The drift regressors `drift_1`, `drift_2`, ... without the constant. Times in seconds. */
export function driftRegressors(
  drift: Drift,
  frameTimes: Float64Array, // [volumes]
): Float64Array[] {
  if (drift.model === 'none') return [];
  if (drift.model === 'cosine') return cosines(frameTimes, drift.highPass);
  return polynomials(frameTimes, drift.order); // [drifts][volumes]
}
