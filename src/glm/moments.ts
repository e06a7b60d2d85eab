import { DataError } from '../core/errors.js';
import type { Series } from '../core/series.js';
import { makeProduct, type Product } from '../onnx/kernel.js';
import type { Basis } from './basis.js';
import {
  addSquares,
  type Broken,
  CHUNK,
  chunkWeights,
  earlier,
  findBroken,
  gather,
  type MomentTile,
  makeTiles,
  type UnitSums,
} from './moment-tile.js';

/**
 * Everything OLS and AR(1) need of a series y, less a shift s per unit: its first value where the
 * design spans a constant, which keeps digits, else 0. Volumes are t = 0..n-1, d = y - s, and q_t the
 * rows of the design's orthonormal basis.
 */
export interface Moments extends UnitSums {
  readonly volumes: number;
  readonly units: number;
  readonly shift: Float64Array; // [units]
  /** d of the first volume: 0 where shifted. */
  readonly first: Float64Array; // [units]
  readonly tiles: readonly MomentTile[];
}

function refuseBroken(first: Broken, squares: Float64Array): never {
  const broken = squares.reduce((sum, s) => sum + (Number.isFinite(s) ? 0 : 1), 0);
  throw new DataError('not-finite', {
    given: `NaN or infinite values in ${broken} of ${squares.length} units, first in volume ${first.volume}, unit ${first.unit} (counted from 0)`,
    expected: 'finite values in every volume and unit',
    todo: 'Leave those units out of the mask, or record the run again.',
  });
}

function checkSeries(series: Series, basis: Basis): void {
  if (series.units === 0) {
    throw new DataError('empty-mask', {
      given: 'a series of no units (an empty mask)',
      expected: 'at least one unit',
      todo: 'Check that the mask and the image lie on the same grid.',
    });
  }
  if (series.volumes !== basis.rows) {
    throw new DataError('volumes', {
      given: `a series of ${series.volumes} volumes and a design of ${basis.rows} rows`,
      expected: 'as many volumes as rows',
      todo: 'Check that the design belongs to this run.',
    });
  }
}

/**
 * Reads a series once and sums what OLS (lags 0) or AR(1) (lags 1) needs, in float64. Memory grows
 * with columns x units, not with volumes.
 * @throws DataError `empty-mask`, `volumes`, `not-finite`.
 */
export async function accumulateMoments(options: {
  readonly series: Series;
  readonly basis: Basis;
  readonly lags: 0 | 1;
  /** The design spans a constant, which takes up the shift. */
  readonly shifted: boolean;
}): Promise<Moments> {
  const { series, basis, lags, shifted } = options;
  checkSeries(series, basis);
  const { units, volumes } = series;
  const rows = basis.columns * (lags + 1);
  const perUnit = () => new Float64Array(units);
  const tiles = makeTiles(units, rows);
  const [shift, first, last] = [perUnit(), perUnit(), perUnit()];
  const [total, squares, lagged] = [perUnit(), perUnit(), perUnit()];
  const moments: Moments = { volumes, units, shift, first, last, total, squares, lagged, tiles };
  let spare: Float64Array = new Float64Array(rows * tiles[0].stride); // [rows, stride]
  let broken: Broken | null = null;
  let gathered = 0;
  let done = 0;

  const flush = async (product: Product) => {
    const weights = chunkWeights(basis, lags, done, gathered);
    const found = broken !== null;
    for (const tile of tiles) {
      addSquares(tile, gathered, moments);
      if (!found) broken = earlier(broken, findBroken(tile, gathered, done, squares));
      const { stride, sums } = tile;
      const block = tile.chunk.subarray(0, gathered * stride); // [gathered, stride]
      const size = { rows, volumes: gathered, units: stride };
      await product.add({ ...size, weights, block, sum: sums, result: spare });
      [tile.sums, spare] = [spare, sums];
    }
    done += gathered;
    gathered = 0;
  };

  const product = await makeProduct();
  try {
    for await (const block of series.blocks()) {
      for (let v = 0; v < block.volumes; v++) {
        const from = v * units;
        if (done + gathered === 0) {
          const start = block.values.subarray(from, from + units);
          (shifted ? shift : first).set(start);
        }
        for (const tile of tiles) gather(block.values, from, shift, tile, gathered);
        if (++gathered === CHUNK) await flush(product);
      }
    }
    if (gathered > 0) await flush(product);
  } finally {
    await product.release();
  }
  if (done !== volumes) throw new Error(`a series of ${volumes} volumes gave ${done}`);
  if (broken) refuseBroken(broken, squares);
  return moments;
}
