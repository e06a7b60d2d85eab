import type { DesignMatrix } from '../../core/design.js';
import type { Basis } from '../design/basis.js';
import { basisMoments } from './basis-moments.js';

/**
 * Weights of a design's columns that sum to 1 in every row that counts: one column's where that is
 * constant, else the least-squares fit of a 1 where it is exact; null where there are none.
 * @param rows how many rows count; by default all
 */
export function constantWeights(
  design: DesignMatrix,
  basis: Basis,
  rows = basis.rows,
): Float64Array | null {
  const { columns, inverseR } = basis;
  const names = design.names.length;
  const weights = new Float64Array(columns);
  const column = design.names.findIndex((_, j) => {
    const first = design.values[j];
    return first !== 0 && design.values.every((v, i) => i % names !== j || v === first);
  });
  if (column >= 0) {
    weights[column] = 1 / design.values[column];
    return weights;
  }
  const projected = basisMoments(basis, 0).total; // [columns] of a constant 1
  const explained = projected.reduce((sum, w) => sum + w * w, 0);
  if (Math.abs(explained / rows - 1) > 1e-10) return null;
  return weights.map((_, i) =>
    projected.reduce((sum, w, j) => sum + inverseR[i * columns + j] * w, 0),
  ); // [columns]
}
