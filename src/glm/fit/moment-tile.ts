import type { UnitRange } from '../../core/series.js';
import { areFinite } from '../../math/finite.js';
import type { Weights } from '../design/basis.js';

/**
 * Volumes gathered before each product: results do not depend on the series' own blocks. Every product
 * reads and writes the sums once, so a chunk grows with the columns they are of. A multiple of 4.
 */
export const chunkVolumes = ({ columns }: Weights): number =>
  4 * Math.max(4, Math.min(20, Math.ceil(1.5 * columns)));

/** Bytes of what is computed with units that are taken together: they stay in the processor's cache. */
const TILE_BYTES = 1 << 20;

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

/** Those, and what was taken from each unit's values before. */
export interface ShiftedSums extends UnitSums {
  readonly shift: Float64Array; // [units]
}

/** The sums with the design over a stretch of units. */
export interface MomentTile extends UnitRange {
  /** Length of a row of `sums`; at least `units`. */
  readonly stride: number;
  /** p rows for each lag l from 0: sum of q_t d_t, then of (q_(t+l) + q_(t-l)) d_t. */
  readonly sums: Float64Array; // [(1 + lags) columns, stride]
}

/** Volumes of a series that were gathered, among others; volume t lies in row t % rows. */
export interface Chunk {
  /** A multiple of chunkVolumes. */
  readonly first: number;
  readonly count: number;
  /** A multiple of 4, or no fewer than the series has volumes. */
  readonly rows: number;
  readonly values: Float32Array | Float64Array; // [rows, units of the series]
}

/** The first value found from which no statistic can be made. */
export interface Broken {
  readonly volume: number;
  readonly unit: number;
}

/** A tile's shifted values of a chunk, after the `lags` volumes before it (zeros before the first). */
export interface TileRows {
  readonly stride: number;
  readonly lags: number;
  readonly values: Float64Array; // [lags + chunkVolumes, stride]
}

/**
 * Units in stretches of one length, the last perhaps shorter: longer ones for narrow designs, since
 * every product costs a call. The length is odd, so that the rows of a tile do not fall on the same
 * lines of the cache.
 */
export function unitRanges(
  units: number,
  { basis, lags }: { readonly basis: Weights; readonly lags: number },
): { stride: number; ranges: UnitRange[] } {
  const rows = lags + chunkVolumes(basis) + 2 * (1 + lags) * basis.columns; // values, sums, new sums
  const most = Math.max(1024, Math.min(4096, Math.floor(TILE_BYTES / (8 * rows))));
  const stride = Math.ceil(units / Math.ceil(units / most)) | 1;
  return { stride, ranges: rangesOf(units, stride) };
}

/** Stretches of as many units as `stride`, the last perhaps of fewer. */
export function rangesOf(units: number, stride: number): UnitRange[] {
  return Array.from({ length: Math.ceil(units / stride) }, (_, i) => ({
    firstUnit: i * stride,
    units: Math.min(stride, units - i * stride),
  }));
}

/**
 * Puts a tile's part of a chunk, less the shift, behind the volumes before, a censored one as zeros, and
 * adds it to the sums that need no design. Four volumes at once, which quarters the reads and writes of
 * the sums.
 */
export function gather(
  chunk: Chunk,
  range: UnitRange,
  into: TileRows,
  own: { readonly sums: ShiftedSums; readonly censored: Uint8Array | undefined },
): void {
  const { first, count } = chunk;
  const { sums, censored } = own;
  for (let v = 0; v < count; ) {
    const isCensored = censored?.[first + v] === 1;
    const isQuarter = v % 4 === 0 && v + 3 < count; // whole among the rows
    const areFour = isQuarter && !censored?.subarray(first + v, first + v + 4).includes(1);
    if (areFour) gatherFour(chunk, v, { range, into, sums });
    else gatherOne(chunk, isCensored ? null : v, { row: into.lags + v, range, into, sums });
    v += areFour ? 4 : 1;
  }
  addFartherLags(into, count, range, sums);
}

interface Gathering {
  readonly range: UnitRange;
  readonly into: TileRows;
  readonly sums: ShiftedSums;
}

function gatherFour(
  { first, rows: held, values }: Chunk,
  v: number,
  { range: { firstUnit, units }, into: { stride, lags, values: rows }, sums }: Gathering,
): void {
  const { shift, total, squares, lagged } = sums;
  const all = shift.length;
  const from = ((first + v) % held) * all + firstUnit;
  const to = (lags + v) * stride;
  for (let u = 0; u < units; u++) {
    const unit = firstUnit + u;
    const s = shift[unit];
    const a = values[from + u] - s;
    const b = values[from + all + u] - s;
    const c = values[from + 2 * all + u] - s;
    const d = values[from + 3 * all + u] - s;
    rows[to + u] = a;
    rows[to + stride + u] = b;
    rows[to + 2 * stride + u] = c;
    rows[to + 3 * stride + u] = d;
    total[unit] += a + b + c + d;
    squares[unit] += a * a + b * b + c * c + d * d;
    if (lags > 0) lagged[unit] += a * (rows[to - stride + u] + b) + c * (b + d);
  }
}

function gatherOne(
  { first, rows: held, values }: Chunk,
  v: number | null,
  own: Gathering & { readonly row: number },
): void {
  const { row, range, into, sums } = own;
  const { firstUnit, units } = range;
  const { stride, lags, values: rows } = into;
  const { shift, total, squares, lagged } = sums;
  const to = row * stride;
  if (v === null) {
    rows.fill(0, to, to + units);
    return;
  }
  const from = ((first + v) % held) * shift.length + firstUnit;
  for (let u = 0; u < units; u++) {
    const unit = firstUnit + u;
    const a = values[from + u] - shift[unit];
    rows[to + u] = a;
    total[unit] += a;
    squares[unit] += a * a;
    if (lags > 0) lagged[unit] += a * rows[to - stride + u];
  }
}

function addFartherLags(
  { values, stride, lags }: TileRows,
  count: number,
  { firstUnit, units }: UnitRange,
  { total, lagged }: UnitSums,
): void {
  for (let lag = 2; lag <= lags; lag++) {
    const at = (lag - 1) * total.length + firstUnit;
    for (let row = lags * stride; row < (lags + count) * stride; row += stride) {
      const before = row - lag * stride;
      for (let u = 0; u < units; u++) lagged[at + u] += values[row + u] * values[before + u];
    }
  }
}

/** Notes the run's first volumes and its last so far. */
export function noteEnds(
  { values, stride, lags }: TileRows,
  { first, count }: Chunk,
  { firstUnit, units }: UnitRange,
  into: UnitSums,
): void {
  const all = into.total.length;
  const row = (at: number) => values.subarray(at * stride, at * stride + units);
  for (let v = 0; v < count && first + v < lags; v++) {
    into.first.set(row(lags + v), (first + v) * all + firstUnit);
  }
  for (let k = 0; k < lags; k++) {
    into.last.set(row(lags + count - 1 - k), k * all + firstUnit);
  }
}

/** Puts the volumes before a chunk, which are the last noted, ahead of it; zeros at a run's start. */
export function recallLast(
  into: TileRows,
  { firstUnit, units }: UnitRange,
  { last, total }: UnitSums,
): void {
  const { values, stride, lags } = into;
  for (let k = 0; k < lags; k++) {
    const from = k * total.length + firstUnit;
    values.set(last.subarray(from, from + units), (lags - 1 - k) * stride);
  }
}

/** Where a tile's gathered volumes first hold a value that is not finite, which its sums tell. */
export function findBroken(
  { values, stride, lags }: TileRows,
  { first, count }: Chunk,
  { firstUnit, units }: UnitRange,
  squares: Float64Array, // [units of the series]
): Broken | null {
  if (areFinite(squares.subarray(firstUnit, firstUnit + units))) return null;
  for (let v = 0; v < count; v++) {
    const from = (lags + v) * stride;
    const unit = values.subarray(from, from + units).findIndex((d) => !Number.isFinite(d));
    if (unit >= 0) return { volume: first + v, unit: firstUnit + unit };
  }
  return null;
}

/** The one in the earlier volume. */
export const earlier = (a: Broken | null, b: Broken | null) =>
  a && b ? (b.volume < a.volume ? b : a) : (a ?? b);

/** The products' left side for volumes first..first+count-1. */
export function chunkWeights(
  basis: Weights,
  lags: number,
  { first, count }: Pick<Chunk, 'first' | 'count'>,
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
