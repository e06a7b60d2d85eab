import type { Basis } from '../design/basis.js';
import { ROUNDING } from '../fit/solve.js';
import { type ArmaGrid, type ArmaGridOptions, armaGrid, searchGrid } from './arma-grid.js';
import { type ArmaPoint, armaPoint, whitenedSquares } from './arma-whiten.js';

/** A grid's pairs, worked out for a design. */
export interface ArmaPairs {
  readonly grid: ArmaGrid;
  readonly points: readonly ArmaPoint[];
  /** Index of the grid's pairs in `points`; -1 for those not to be tried. */
  readonly pointOf: Int32Array; // [pairs of the grid]
  /** The points' weights one below the other: times the data, each point's effects. */
  readonly weights: Float64Array; // [points x columns, volumes]
}

/** @throws DesignError `arma-grid`. */
export function armaPairs(basis: Basis, options: ArmaGridOptions): ArmaPairs {
  const grid = armaGrid(options);
  const across = grid.aOf.length;
  const points = grid.valid.map((k) =>
    armaPoint(basis, grid.aOf[k % across], grid.bOf[Math.floor(k / across)]),
  );
  const pointOf = new Int32Array(across * grid.bOf.length).fill(-1);
  const size = basis.columns * basis.rows;
  const weights = new Float64Array(points.length * size);
  points.forEach((point, i) => {
    pointOf[grid.valid[i]] = i;
    weights.set(point.weights, i * size);
  });
  return { grid, points, pointOf, weights };
}

/** A unit's best pair and what it leaves. */
export interface BestPair {
  /** Index in `points`. */
  readonly point: number;
  /** Sum of squares of the whitened residuals; 0 where only rounding is left. */
  readonly residual: number;
}

/**
 * Finds the pair that maximises one unit's restricted likelihood: lowest of
 * (n - p) log(residual) + log|R| + log|X'R^-1 X|. A unit that the design explains entirely takes (0, 0).
 */
export function bestPair(options: {
  readonly pairs: ArmaPairs;
  readonly columns: number;
  readonly y: Float64Array; // [volumes]
  /** The unit's effects under every pair. */
  readonly effects: Float64Array; // [points x columns, units]
  readonly unit: number;
  readonly units: number;
}): BestPair {
  const { pairs, columns: p, y, effects, unit, units } = options;
  const { grid, points, pointOf } = pairs;
  const residuals = new Float64Array(points.length).fill(-1); // [points] -1: not yet taken
  const residualOf = (point: number) => {
    if (residuals[point] >= 0) return residuals[point];
    const squares = whitenedSquares(points[point].filter, y);
    let rest = squares;
    for (let j = 0; j < p; j++) rest -= effects[(point * p + j) * units + unit] ** 2;
    residuals[point] = rest > ROUNDING * squares ? rest : 0;
    return residuals[point];
  };
  const zero = pointOf[grid.zero];
  if (residualOf(zero) === 0) return { point: zero, residual: 0 };
  const dof = y.length - p;
  const best = searchGrid(grid, (k) => {
    const point = pointOf[k];
    if (point < 0) return Number.POSITIVE_INFINITY;
    return dof * Math.log(residualOf(point)) + points[point].penalty;
  });
  return { point: pointOf[best], residual: residualOf(pointOf[best]) };
}
