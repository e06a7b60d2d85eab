import type { ContrastMaps, FMaps } from '../../core/statmap.js';
import { fLogSf, tLogSf } from '../../math/distributions.js';

/** Minus log10 p, which tells tails apart where p itself is 0 in any number format. */
export function minusLog10P(maps: ContrastMaps | FMaps): Float64Array {
  const dofOf = (u: number) => maps.dofPerUnit?.[u] ?? maps.dof;
  const isMeasured = (u: number) => dofOf(u) > 0;
  if ('t' in maps) {
    return maps.t.map((t, u) => -(isMeasured(u) ? tLogSf(t, dofOf(u)) : -Math.LN2) / Math.LN10);
  }
  const { F, numerator } = maps;
  return F.map((f, u) =>
    isMeasured(u) ? 0 - fLogSf(f, { numerator, denominator: dofOf(u) }) / Math.LN10 : 0,
  ); // [units]
}
