import type { DesignMatrix } from '../../core/design.js';
import { DataError, DesignError } from '../../core/errors.js';
import type { Series } from '../../core/series.js';
import { makeProduct } from '../../onnx/kernel.js';
import { orthonormalBasis } from '../design/basis.js';
import { constantWeights } from '../fit/constant-weights.js';
import type { ArmaGridOptions } from './arma-grid.js';
import { armaPairs, bestPair } from './arma-pairs.js';
import { type SeriesTile, unitTiles } from './arma-tiles.js';
import type { ArmaPoint } from './arma-whiten.js';

/** Units whose products with the design are taken together. */
const UNITS_TOGETHER = 128;

/** Bytes of data held at a time, unless told. */
const MEMORY = 2 ** 29;

/** A fitted model with ARMA(1,1) noise, from which contrasts are taken (armaMaps). */
export interface ArmaFit {
  readonly names: readonly string[];
  readonly units: number;
  /** Rows less columns. */
  readonly dof: number;
  /** The noise's y_t = a y_(t-1) + e_t + b e_(t-1). */
  readonly a: Float64Array; // [units]
  readonly b: Float64Array; // [units]
  /** Variance of the noise (not of e); 0 where a unit never changed. */
  readonly sigma2: Float64Array; // [units]
  /** Effects in the orthonormal basis of each unit's whitened design. */
  readonly beta: Float64Array; // [units, columns]
  /** Each unit's pair, as an index of `points`. */
  readonly point: Int32Array; // [units]
  readonly points: readonly ArmaPoint[];
  readonly shift: Float64Array; // [units]
  /** The weights of the design's columns that make up a constant 1; all 0 where none do. */
  readonly constant: Float64Array; // [columns]
}

function check(series: Series, design: DesignMatrix): void {
  if (series.units === 0) {
    throw new DataError('empty-mask', {
      given: 'a series of no units (an empty mask)',
      expected: 'at least one unit',
      todo: 'Check that the mask and the image lie on the same grid.',
    });
  }
  if (series.volumes !== design.rows) {
    throw new DataError('volumes', {
      given: `a series of ${series.volumes} volumes and a design of ${design.rows} rows`,
      expected: 'as many volumes as rows',
      todo: 'Check that the design belongs to this run.',
    });
  }
  if (design.rows <= design.names.length + 2) {
    throw new DesignError('no-dof', {
      given: `a design of ${design.names.length} columns over ${design.rows} rows`,
      expected: 'three more rows than columns: nothing is left to estimate the noise from',
      todo: 'Take fewer confounds or drifts, or more volumes.',
    });
  }
}

/** Units start..start+count-1 of a tile as doubles, less the first volume where `shifted`. */
function gather(
  tile: SeriesTile,
  options: { readonly start: number; readonly count: number; readonly shifted: boolean },
): { readonly block: Float64Array; readonly shift: Float64Array } {
  const { start, count, shifted } = options;
  const { values, units } = tile;
  const volumes = values.length / units;
  const block = new Float64Array(volumes * count); // [volumes, count]
  const shift = new Float64Array(count);
  if (shifted) shift.set(values.subarray(start, start + count));
  for (let t = 0; t < volumes; t++) {
    for (let u = 0; u < count; u++) {
      const value = values[t * units + start + u];
      if (!Number.isFinite(value)) refuseBroken(t, tile.firstUnit + start + u);
      block[t * count + u] = value - shift[u];
    }
  }
  return { block, shift };
}

function refuseBroken(volume: number, unit: number): never {
  throw new DataError('not-finite', {
    given: `a NaN or infinite value in volume ${volume}, unit ${unit} (counted from 0)`,
    expected: 'finite values in every volume and unit',
    todo: 'Leave those units out of the mask, or record the run again.',
  });
}

/**
 * Fits a design with ARMA(1,1) noise, a pair (a, b) for each unit, by restricted maximum likelihood over
 * a grid of pairs, as AFNI's 3dREMLfit (which sets correlations below 0.0011 to 0; here none is). For
 * continuous series: tokens of one prompt share a level that ARMA(1,1) does not model.
 *
 * The whole series of a unit is needed, so units are taken in stretches of at most `memory` bytes (512
 * MiB by default), and the series is read once for each; beside it pairs (109 by default) x columns x
 * volumes doubles are held.
 * @throws DesignError `rank-deficient`, `too-few-rows`, `no-dof`, `arma-grid`.
 * @throws DataError `empty-mask`, `volumes`, `not-finite`.
 */
export async function fitArma(options: {
  readonly series: Series;
  readonly design: DesignMatrix;
  readonly grid?: ArmaGridOptions;
  readonly memory?: number;
}): Promise<ArmaFit> {
  const { series, design, memory = MEMORY } = options;
  check(series, design);
  const basis = orthonormalBasis(design);
  const { rows: n, columns: p } = basis;
  const { units } = series;
  const constant = constantWeights(design, basis);
  const pairs = armaPairs(basis, options.grid ?? {});
  const { points, weights } = pairs;
  const rows = points.length * p;
  const perUnit = () => new Float64Array(units);
  const [a, b, sigma2, shift] = [perUnit(), perUnit(), perUnit(), perUnit()];
  const beta = new Float64Array(units * p); // [units, columns]
  const point = new Int32Array(units);
  const y = new Float64Array(n);

  const product = await makeProduct();
  try {
    for await (const tile of unitTiles(series, memory)) {
      for (let start = 0; start < tile.units; start += UNITS_TOGETHER) {
        const count = Math.min(UNITS_TOGETHER, tile.units - start);
        const firstUnit = tile.firstUnit + start;
        const own = gather(tile, { start, count, shifted: constant !== null });
        const { block } = own;
        shift.set(own.shift, firstUnit);
        const effects = new Float64Array(rows * count); // [points x columns, count]
        const size = { rows, volumes: n, units: count };
        const sum = new Float64Array(rows * count);
        await product.add({ ...size, weights, block, sum, result: effects });
        for (let u = 0; u < count; u++) {
          for (let t = 0; t < n; t++) y[t] = block[t * count + u];
          const best = bestPair({ pairs, columns: p, y, effects, unit: u, units: count });
          const unit = firstUnit + u;
          point[unit] = best.point;
          a[unit] = points[best.point].filter.a;
          b[unit] = points[best.point].b;
          sigma2[unit] = best.residual / (n - p);
          for (let j = 0; j < p; j++) {
            beta[unit * p + j] = effects[(best.point * p + j) * count + u];
          }
        }
      }
    }
  } finally {
    await product.release();
  }
  const found = { a, b, sigma2, beta, point, points, shift };
  const { names } = design;
  return { names, units, dof: n - p, ...found, constant: constant ?? new Float64Array(p) };
}
