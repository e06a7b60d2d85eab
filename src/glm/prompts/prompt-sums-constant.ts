import type { DesignMatrix } from '../../core/design.js';
import type { Basis } from '../design/basis.js';

/**
 * Weights of a design's columns that sum to 1 in every row: one column's where that is constant, else
 * the least-squares fit of a 1 where it is exact; null where there are none.
 */
export function constantWeights(design: DesignMatrix, basis: Basis): Float64Array | null {
  const { q, inverseR, rows, columns: p } = basis;
  const weights = new Float64Array(p);
  const column = design.names.findIndex((_, j) => {
    const first = design.values[j];
    return first !== 0 && design.values.every((v, i) => i % p !== j || v === first);
  });
  if (column >= 0) {
    weights[column] = 1 / design.values[column];
    return weights;
  }
  const total = new Float64Array(p); // Q'1
  for (let i = 0; i < q.length; i++) total[i % p] += q[i];
  const explained = total.reduce((sum, w) => sum + w * w, 0);
  if (Math.abs(explained / rows - 1) > 1e-10) return null;
  return weights.map((_, i) => total.reduce((sum, w, j) => sum + inverseR[i * p + j] * w, 0));
}
