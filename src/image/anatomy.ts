import { type Module, type ModuleKind, unitCount } from '../core/module.js';

/** Intensity of units without weights of their own, by what is recorded of their module. */
export const KIND_INTENSITY: Readonly<Record<ModuleKind, number>> = {
  output: 400,
  context: 300,
  residual: 200,
};
/** Intensity of the norm that 98 of 100 units do not exceed, and the most and the least there is. */
export const BRIGHT = 1000;
const BRIGHT_SHARE = 0.98;
export const [LEAST, MOST] = [1, 1500];

/** An anatomical image's values. */
export interface Anatomy {
  readonly values: Float32Array; // [units] positive
  /** Intensity of a norm of 1; null where no unit has weights. */
  readonly scale: number | null;
  /** Units whose intensity is their weights'. */
  readonly weighted: number;
}

/**
 * A picture of what does not change: the norm of each unit's incoming weights, scaled so that viewers
 * show it; units without weights have their module kind's intensity.
 * @param norms of each module's units, [width] each; null where they have none
 */
export function anatomyOf(
  modules: readonly Module[],
  norms: readonly (Float64Array | null)[],
): Anatomy {
  const all = Float64Array.from(norms.flatMap((own) => (own ? Array.from(own) : []))).sort();
  const bright = all[Math.floor(BRIGHT_SHARE * (all.length - 1))];
  const scale = bright > 0 ? BRIGHT / bright : null;
  const values = new Float32Array(unitCount(modules)); // [units]
  modules.forEach(({ firstUnit, width, kind }, m) => {
    const own = norms[m];
    for (let i = 0; i < width; i++) {
      values[firstUnit + i] =
        own && scale !== null
          ? Math.min(MOST, Math.max(LEAST, own[i] * scale))
          : KIND_INTENSITY[kind];
    }
  });
  return { values, scale, weighted: scale === null ? 0 : all.length };
}
