import type { Basis } from '../design/basis.js';

/** Volumes gathered before each product: results do not depend on the series' own blocks. */
export const CHUNK = 32;

/** Units taken together in a product, so that its operands stay in the processor's cache. */
const TILE = 4096;

/** Sums over a series' shifted values d that need no design; lags count from 1. */
export interface UnitSums {
  /** Sum of d. */
  readonly total: Float64Array; // [units]
  /** Sum of d squared. */
  readonly squares: Float64Array; // [units]
  /** Sum of d_t d_(t-l), by lag. */
  readonly lagged: Float64Array; // [lags, units]
  /** d_0, d_1, ... */
  readonly first: Float64Array; // [lags, units]
  /** d_(n-1), d_(n-2), ... */
  readonly last: Float64Array; // [lags, units]
}

/** The sums with the design over a stretch of units. */
export interface MomentTile {
  readonly firstUnit: number;
  readonly units: number;
  /** Length of a row of `sums`; at least `units`. */
  readonly stride: number;
  /** p rows for each lag l from 0: sum of q_t d_t, then of (q_(t+l) + q_(t-l)) d_t. */
  readonly sums: Float64Array; // [(1 + lags) columns, stride]
}

/** A tile while its sums grow. */
export interface WorkTile extends MomentTile {
  sums: Float64Array; // [rows, stride]
  /** The `lags` volumes before the gathered ones (zeros before the first), then those. */
  readonly chunk: Float64Array; // [lags + CHUNK, stride]
}

/** The first value found from which no statistic can be made. */
export interface Broken {
  readonly volume: number;
  readonly unit: number;
}

/** Tiles of one stride over all units, with sums of 0. */
export function makeTiles(size: {
  readonly units: number;
  readonly rows: number;
  readonly lags: number;
}): WorkTile[] {
  const { units, rows, lags } = size;
  const stride = Math.ceil(units / Math.ceil(units / TILE));
  return Array.from({ length: Math.ceil(units / stride) }, (_, i) => ({
    firstUnit: i * stride,
    units: Math.min(stride, units - i * stride),
    stride,
    sums: new Float64Array(rows * stride),
    chunk: new Float64Array((lags + CHUNK) * stride),
  }));
}

/** Copies one volume into a row of a tile's chunk, less the shift; a censored one as zeros. */
export function gather(
  values: Float32Array | Float64Array | null, // [volumes, units]
  from: number,
  shift: Float64Array, // [units]
  tile: WorkTile,
  row: number,
): void {
  const { firstUnit, units, chunk } = tile;
  const to = row * tile.stride;
  if (values === null) {
    chunk.fill(0, to, to + units);
    return;
  }
  for (let u = 0; u < units; u++) {
    chunk[to + u] = values[from + firstUnit + u] - shift[firstUnit + u];
  }
}

/** The gathered volumes alone. */
export function gathered(tile: WorkTile, lags: number, count: number): Float64Array {
  return tile.chunk.subarray(lags * tile.stride, (lags + count) * tile.stride); // [count, stride]
}

/**
 * Adds a tile's gathered volumes to the sums that need no design: two volumes at once, which halves the
 * reads and writes of the sums.
 */
export function addSquares(tile: WorkTile, lags: number, count: number, into: UnitSums): void {
  const { firstUnit, units, stride, chunk } = tile;
  const { total, squares, lagged } = into;
  for (let v = 0; v < count; v += 2) {
    const row = (lags + v) * stride;
    const isPair = v + 1 < count;
    for (let u = 0; u < units; u++) {
      const a = chunk[row + u];
      const b = isPair ? chunk[row + stride + u] : 0;
      total[firstUnit + u] += a + b;
      squares[firstUnit + u] += a * a + b * b;
      if (lags > 0) lagged[firstUnit + u] += a * (chunk[row - stride + u] + b);
    }
  }
  for (let lag = 2; lag <= lags; lag++) {
    const at = (lag - 1) * total.length + firstUnit;
    for (let row = lags * stride; row < (lags + count) * stride; row += stride) {
      const before = row - lag * stride;
      for (let u = 0; u < units; u++) lagged[at + u] += chunk[row + u] * chunk[before + u];
    }
  }
}

/** Notes the run's first volumes, and keeps the chunk's last for what comes next. */
export function carryOver(
  tile: WorkTile,
  lags: number,
  count: number,
  firstVolume: number,
  into: UnitSums,
): void {
  const { firstUnit, units, stride, chunk } = tile;
  const all = into.total.length;
  for (let v = 0; v < count && firstVolume + v < lags; v++) {
    const row = (lags + v) * stride;
    into.first.set(chunk.subarray(row, row + units), (firstVolume + v) * all + firstUnit);
  }
  chunk.copyWithin(0, count * stride, (count + lags) * stride);
  for (let k = 0; k < lags; k++) {
    const row = (lags - 1 - k) * stride;
    into.last.set(chunk.subarray(row, row + units), k * all + firstUnit);
  }
}

/** Where a tile's gathered volumes first hold a value that is not finite, which its sums tell. */
export function findBroken(
  tile: WorkTile,
  lags: number,
  count: number,
  firstVolume: number,
  squares: Float64Array, // [units]
): Broken | null {
  const { firstUnit, units, stride, chunk } = tile;
  if (squares.subarray(firstUnit, firstUnit + units).every(Number.isFinite)) return null;
  for (let v = 0; v < count; v++) {
    const from = (lags + v) * stride;
    const unit = chunk.subarray(from, from + units).findIndex((d) => !Number.isFinite(d));
    if (unit >= 0) return { volume: firstVolume + v, unit: firstUnit + unit };
  }
  return null;
}

/** The one in the earlier volume. */
export const earlier = (a: Broken | null, b: Broken | null) =>
  a && b ? (b.volume < a.volume ? b : a) : (a ?? b);

/** The products' left side for volumes first..first+count-1. */
export function chunkWeights(
  basis: Basis,
  lags: number,
  first: number,
  count: number,
): Float64Array {
  const { q, rows, columns } = basis;
  const weights = new Float64Array(columns * (lags + 1) * count); // [(1 + lags) columns, count]
  const at = (t: number, j: number) => (t >= 0 && t < rows ? q[t * columns + j] : 0);
  for (let lag = 0; lag <= lags; lag++) {
    for (let j = 0; j < columns; j++) {
      for (let v = 0; v < count; v++) {
        const t = first + v;
        const value = lag === 0 ? at(t, j) : at(t + lag, j) + at(t - lag, j);
        weights[(lag * columns + j) * count + v] = value;
      }
    }
  }
  return weights;
}
