import { DataError } from '../../core/errors.js';
import type { Series } from '../../core/series.js';
import { makeProduct, type Product } from '../../onnx/kernel.js';
import type { Basis } from '../design/basis.js';
import { type BrokenPolicy, type BrokenUnits, findBrokenUnits } from './broken-units.js';
import {
  addSquares,
  type Broken,
  CHUNK,
  carryOver,
  chunkWeights,
  earlier,
  findBroken,
  gather,
  gathered,
  type MomentTile,
  makeTiles,
  type UnitSums,
} from './moment-tile.js';

/**
 * Everything OLS and AR(N) need of a series y, less a shift s per unit: its first value that counts
 * where the design spans a constant, which keeps digits, else 0. Volumes are t = 0..n-1, d = y - s, 0 in
 * censored volumes, and q_t the rows of the design's orthonormal basis.
 */
export interface Moments extends UnitSums {
  readonly volumes: number;
  readonly units: number;
  readonly lags: number;
  readonly shift: Float64Array; // [units]
  readonly tiles: readonly MomentTile[];
  readonly broken: BrokenUnits;
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
 * Reads a series once and sums what OLS (lags 0) or AR(N) (lags N) needs, in float64. Memory grows
 * with columns x units x (1 + lags), not with volumes.
 * @throws DataError `empty-mask`, `volumes`, `not-finite`.
 */
export async function accumulateMoments(options: {
  readonly series: Series;
  readonly basis: Basis;
  readonly lags: number;
  /** The design spans a constant, which takes up the shift. */
  readonly shifted: boolean;
  /** 1 for volumes that count as zeros, whatever they hold. */
  readonly censored?: Uint8Array; // [volumes]
  readonly broken?: BrokenPolicy;
}): Promise<Moments> {
  const { series, basis, lags, shifted, censored, broken: policy = 'refuse' } = options;
  checkSeries(series, basis);
  const { units, volumes } = series;
  const rows = basis.columns * (lags + 1);
  const perUnit = (count = 1) => new Float64Array(count * units);
  const tiles = makeTiles({ units, rows, lags });
  const [shift, total, squares] = [perUnit(), perUnit(), perUnit()];
  const [lagged, first, last] = [perUnit(lags), perUnit(lags), perUnit(lags)];
  const sums = { shift, total, squares, lagged, first, last };
  let spare: Float64Array = new Float64Array(rows * tiles[0].stride); // [rows, stride]
  let firstBroken: Broken | null = null;
  let waitsForShift = shifted;
  let count = 0;
  let done = 0;

  const flush = async (product: Product) => {
    const weights = chunkWeights(basis, lags, done, count);
    const found = firstBroken !== null;
    for (const tile of tiles) {
      addSquares(tile, lags, count, sums);
      if (!found) firstBroken = earlier(firstBroken, findBroken(tile, lags, count, done, squares));
      const { stride, sums: sum } = tile;
      const block = gathered(tile, lags, count); // [count, stride]
      const size = { rows, volumes: count, units: stride };
      await product.add({ ...size, weights, block, sum, result: spare });
      [tile.sums, spare] = [spare, sum];
      carryOver(tile, lags, count, done, sums);
    }
    done += count;
    count = 0;
  };

  const product = await makeProduct();
  try {
    for await (const block of series.blocks()) {
      for (let v = 0; v < block.volumes; v++) {
        const from = v * units;
        const values = censored?.[done + count] ? null : block.values;
        if (waitsForShift && values) {
          shift.set(values.subarray(from, from + units));
          waitsForShift = false;
        }
        for (const tile of tiles) gather(values, from, shift, tile, lags + count);
        if (++count === CHUNK) await flush(product);
      }
    }
    if (count > 0) await flush(product);
  } finally {
    await product.release();
  }
  if (done !== volumes) throw new Error(`a series of ${volumes} volumes gave ${done}`);
  const kept = volumes - (censored?.reduce((sum, c) => sum + c, 0) ?? 0);
  const broken = findBrokenUnits({ sums, tiles, volumes: kept, first: firstBroken, policy });
  return { volumes, units, lags, ...sums, tiles, broken };
}
