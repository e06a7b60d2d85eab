import type { Basis } from './basis.js';

/** Volumes gathered before each product: results do not depend on the series' own blocks. */
export const CHUNK = 32;

/** Units taken together in a product, so that its operands stay in the processor's cache. */
const TILE = 4096;

/** Sums over a series' shifted values d that need no design. */
export interface UnitSums {
  /** Sum of d. */
  readonly total: Float64Array; // [units]
  /** Sum of d squared. */
  readonly squares: Float64Array; // [units]
  /** Sum of d_t d_(t-1). */
  readonly lagged: Float64Array; // [units]
  /** d of the last volume. */
  readonly last: Float64Array; // [units]
}

/** The sums with the design over a stretch of units. */
export interface MomentTile {
  readonly firstUnit: number;
  readonly units: number;
  /** Length of a row of `sums`; at least `units`. */
  readonly stride: number;
  /** Rows 0..p-1 sum q_t d_t; rows p..2p-1, where lag 1 was asked for, (q_(t+1) + q_(t-1)) d_t. */
  readonly sums: Float64Array; // [columns or 2 columns, stride]
}

/** A tile while its sums grow. */
export interface WorkTile extends MomentTile {
  sums: Float64Array; // [rows, stride]
  readonly chunk: Float64Array; // [CHUNK, stride]
}

/** The first value found from which no statistic can be made. */
export interface Broken {
  readonly volume: number;
  readonly unit: number;
}

/** Tiles of one stride over all units, with sums of 0. */
export function makeTiles(units: number, rows: number): WorkTile[] {
  const stride = Math.ceil(units / Math.ceil(units / TILE));
  return Array.from({ length: Math.ceil(units / stride) }, (_, i) => ({
    firstUnit: i * stride,
    units: Math.min(stride, units - i * stride),
    stride,
    sums: new Float64Array(rows * stride),
    chunk: new Float64Array(CHUNK * stride),
  }));
}

/** Copies one volume into a row of a tile's chunk, less the shift. */
export function gather(
  values: Float32Array | Float64Array, // [volumes, units]
  from: number,
  shift: Float64Array, // [units]
  tile: WorkTile,
  row: number,
): void {
  const { firstUnit, units, chunk } = tile;
  const to = row * tile.stride;
  for (let u = 0; u < units; u++) {
    chunk[to + u] = values[from + firstUnit + u] - shift[firstUnit + u];
  }
}

/** Adds a tile's gathered volumes to the sums that need no design. */
export function addSquares(tile: WorkTile, count: number, into: UnitSums): void {
  const { firstUnit, units, stride, chunk } = tile;
  const { total, squares, lagged, last } = into;
  for (let v = 0; v < count; v++) {
    const row = v * stride;
    for (let u = 0; u < units; u++) {
      const unit = firstUnit + u;
      const d = chunk[row + u];
      total[unit] += d;
      squares[unit] += d * d;
      lagged[unit] += d * last[unit];
      last[unit] = d;
    }
  }
}

/** Where a tile's gathered volumes first hold a value that is not finite, which its sums tell. */
export function findBroken(
  tile: WorkTile,
  count: number,
  firstVolume: number,
  squares: Float64Array, // [units]
): Broken | null {
  const { firstUnit, units, stride, chunk } = tile;
  if (squares.subarray(firstUnit, firstUnit + units).every(Number.isFinite)) return null;
  for (let v = 0; v < count; v++) {
    const row = chunk.subarray(v * stride, v * stride + units);
    const unit = row.findIndex((d) => !Number.isFinite(d));
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
  lags: 0 | 1,
  first: number,
  count: number,
): Float64Array {
  const { q, rows, columns } = basis;
  const weights = new Float64Array(columns * (lags + 1) * count); // [columns or 2 columns, count]
  const at = (t: number, j: number) => (t >= 0 && t < rows ? q[t * columns + j] : 0);
  for (let j = 0; j < columns; j++) {
    for (let v = 0; v < count; v++) {
      const t = first + v;
      weights[j * count + v] = at(t, j);
      if (lags) weights[(columns + j) * count + v] = at(t + 1, j) + at(t - 1, j);
    }
  }
  return weights;
}
