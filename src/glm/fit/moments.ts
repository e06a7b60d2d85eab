import { DataError } from '../../core/errors.js';
import type { Block, Series } from '../../core/series.js';
import type { Weights } from '../design/basis.js';
import { type BrokenPolicy, type BrokenUnits, findBrokenUnits } from './broken-units.js';
import {
  type Broken,
  chunkVolumes,
  type MomentTile,
  type ShiftedSums,
  unitRanges,
} from './moment-tile.js';
import { startThreads, threadsFor } from './sum-threads.js';

/**
 * Everything OLS and AR(N) need of a series y, less a shift s per unit: its first value that counts
 * where the design spans a constant, which keeps digits, else 0. Volumes are t = 0..n-1, d = y - s, 0 in
 * censored volumes, and q_t the rows of the design's orthonormal basis.
 */
export interface Moments extends ShiftedSums {
  readonly volumes: number;
  readonly units: number;
  readonly lags: number;
  readonly tiles: readonly MomentTile[];
  readonly broken: BrokenUnits;
}

/** @throws DataError `empty-mask`, `volumes`. */
export function checkSeries(series: Series, basis: Weights): void {
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

/** Volumes of the next chunk that are gathered while threads sum the last. A multiple of 4. */
const AHEAD = 16;

/** Room for numbers that threads share. */
const shared = (length: number) => new Float64Array(new SharedArrayBuffer(8 * length));

/** A chunk of a series that is being gathered, of the type of the series' blocks. */
function makeRoom(like: Block['values'], length: number): Block['values'] {
  return like instanceof Float32Array
    ? new Float32Array(new SharedArrayBuffer(4 * length))
    : shared(length);
}

/** How a series is summed. */
export interface Summation {
  readonly series: Series;
  readonly basis: Weights;
  readonly lags: number;
  /** The design spans a constant, which takes up the shift. */
  readonly shifted: boolean;
  /** 1 for volumes that count as zeros, whatever they hold. */
  readonly censored?: Uint8Array; // [volumes]
  /** Threads to sum with beside this one; by default as the size of the series asks for. */
  readonly threads?: number;
}

/** The sums of a series, whatever its units hold. */
export interface SeriesSums {
  readonly sums: ShiftedSums;
  readonly tiles: readonly MomentTile[];
  /** The first value that is not finite. */
  readonly broken: Broken | null;
}

/**
 * Reads a series once and sums what OLS (lags 0) or AR(N) (lags N) needs, in float64. Memory grows
 * with columns x units x (1 + lags), not with volumes. Long series are summed in threads of their own
 * while this one reads; how many there are does not change a digit.
 * @throws DataError `empty-mask`, `volumes`.
 */
export async function sumSeries(options: Summation): Promise<SeriesSums> {
  const { series, basis, lags, shifted, censored } = options;
  checkSeries(series, basis);
  const { units, volumes } = series;
  const threads = options.threads ?? threadsFor(series);
  const perUnit = (count = 1) => shared(count * units);
  const [shift, total, squares] = [perUnit(), perUnit(), perUnit()];
  const [lagged, first, last] = [perUnit(lags), perUnit(lags), perUnit(lags)];
  const sums: ShiftedSums = { shift, total, squares, lagged, first, last };
  const { stride, ranges } = unitRanges(units, { basis, lags });
  const summing = await startThreads({ basis, lags, censored, sums, stride, ranges }, threads);
  let summed = Promise.resolve();
  try {
    const size = chunkVolumes(basis);
    const rows = Math.min(threads > 0 ? size + AHEAD : size, volumes);
    let ring: Block['values'] | null = null; // [rows, units]
    let waitsForShift = shifted;
    let done = 0;
    let volume = 0;
    const flush = async () => {
      await summed;
      summed = summing.add({ first: done, count: volume - done, rows, values: ring! });
      summed.catch(() => {}); // it is heard of before the next chunk
      done = volume;
    };
    for await (const block of series.blocks()) {
      for (let v = 0; v < block.volumes; v++) {
        const values = block.values.subarray(v * units, (v + 1) * units);
        if (waitsForShift && !censored?.[volume]) {
          shift.set(values);
          waitsForShift = false;
        }
        ring ??= makeRoom(block.values, rows * units);
        if (volume === done - size + rows) await summed;
        ring.set(values, (volume % rows) * units);
        volume += 1;
        if (volume - done === size) await flush();
      }
    }
    if (volume > done) await flush();
    await summed;
    if (done !== volumes) throw new Error(`a series of ${volumes} volumes gave ${done}`);
    const found = await summing.finish();
    const tiles = ranges.map((range, i): MomentTile => ({ ...range, stride, sums: found.sums[i] }));
    return { sums, tiles, broken: found.broken };
  } finally {
    await summed.catch(() => {});
    await summing.release();
  }
}

/**
 * As sumSeries, with what is to become of broken units decided.
 * @throws DataError `empty-mask`, `volumes`, `not-finite`.
 */
export async function accumulateMoments(
  options: Summation & { readonly broken?: BrokenPolicy },
): Promise<Moments> {
  const { series, lags, censored, broken: policy = 'refuse' } = options;
  const { units, volumes } = series;
  const { sums, tiles, broken: found } = await sumSeries(options);
  const kept = volumes - (censored?.reduce((sum, c) => sum + c, 0) ?? 0);
  const first = found && { where: `volume ${found.volume}`, unit: found.unit };
  const broken = findBrokenUnits({ sums, tiles, volumes: kept, first, policy });
  return { volumes, units, lags, ...sums, tiles, broken };
}
