import type { Contrast, DesignMatrix } from '../../core/design.js';
import { DesignError } from '../../core/errors.js';
import { checkContrast } from '../contrast/contrast.js';
import { orthonormalBasis } from '../design/basis.js';

/** A design split into what a contrast tests and the rest. */
export interface TestedModel {
  readonly rows: number;
  readonly dof: number;
  /** The tested regressor with the rest regressed out, of length 1. */
  readonly tested: Float64Array; // [rows]
  /** Orthonormal, all orthogonal to the tested one. */
  readonly nuisance: readonly Float64Array[]; // [nuisances][rows]
  /** The first nuisance is a constant. */
  readonly constantFirst: boolean;
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, v, i) => sum + v * b[i], 0);

/** Sum of weighted vectors. */
function combination(vectors: readonly Float64Array[], weights: Float64Array): Float64Array {
  return vectors[0].map((_, row) => vectors.reduce((sum, v, j) => sum + v[row] * weights[j], 0)); // [rows]
}

/**
 * Orthonormal vectors of the same space, the first of which is the combination with these weights
 * (of length 1). By a Householder reflection that takes the first axis to the weights.
 */
function turnedTo(vectors: readonly Float64Array[], weights: Float64Array): Float64Array[] {
  const mirror = weights.slice();
  const side = weights[0] < 0 ? -1 : 1;
  mirror[0] += side;
  const along = combination(vectors, mirror);
  const scale = 2 / dot(mirror, mirror);
  return vectors.map((vector, j) => {
    const sign = j === 0 ? -side : 1;
    return vector.map((v, row) => sign * (v - scale * mirror[j] * along[row]));
  }); // [vectors][rows]
}

/**
 * Splits a design by a contrast of its columns: with X = Q R and g = R^-T c, the effect c'b is |g| times
 * the data's product with the unit vector Q g / |g|, and the null hypothesis c'b = 0 leaves the part of Q
 * orthogonal to it. Source: Beckmann, Jenkinson and Smith 2001; Winkler et al. 2014.
 * @throws DesignError `unknown-column`, `empty-contrast`, `rank-deficient`, `too-few-rows`, `no-dof`.
 */
export function testedModel(design: DesignMatrix, contrast: Contrast): TestedModel {
  checkContrast(contrast, design.names);
  const { rows, columns, q, inverseR } = orthonormalBasis(design);
  if (rows === columns) {
    throw new DesignError('no-dof', {
      given: `a design of ${columns} columns over ${rows} rows`,
      expected: 'more rows than columns: nothing is left to estimate the noise from',
      todo: 'Take fewer confounds, or more subjects or prompts.',
    });
  }
  const perColumn = Array.from({ length: columns }, (_, j) => j);
  const vectors = perColumn.map((j) =>
    Float64Array.from({ length: rows }, (_, i) => q[i * columns + j]),
  );
  const g = Float64Array.from(perColumn, (j) =>
    design.names.reduce(
      (sum, name, i) => sum + (contrast.weights.get(name) ?? 0) * inverseR[i * columns + j],
      0,
    ),
  ); // [columns]
  const length = Math.hypot(...g);
  const [tested, ...nuisance] = turnedTo(
    vectors,
    g.map((v) => v / length),
  );
  const constant = new Float64Array(rows).fill(1 / Math.sqrt(rows));
  const inNuisance = Float64Array.from(nuisance, (vector) => dot(vector, constant)); // [nuisances]
  const constantFirst = Math.abs(dot(inNuisance, inNuisance) - 1) < 1e-10;
  return {
    rows,
    dof: rows - columns,
    tested,
    nuisance: constantFirst ? turnedTo(nuisance, inNuisance) : nuisance,
    constantFirst,
  };
}
