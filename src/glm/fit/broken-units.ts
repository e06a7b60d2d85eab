import { DataError } from '../../core/errors.js';
import type { MomentTile, ShiftedSums } from './moment-tile.js';
import { ROUNDING } from './solve.js';

/**
 * What to do with units from which no statistic can be made. `refuse` refuses data with values that are
 * not finite, and lists the units that never change, whose t is 0; `mask` leaves both out.
 */
export type BrokenPolicy = 'refuse' | 'mask';

/** Units from which no statistic can be made, by number (from 0), in order. */
export interface BrokenUnits {
  /** The same value in every volume that counts. */
  readonly constant: Int32Array;
  /** A value somewhere that is NaN or infinite. */
  readonly notFinite: Int32Array;
  /** Both were left out. */
  readonly masked: boolean;
}

/** The first value found that is not finite. */
export interface FirstBroken {
  /** Such as 'volume 3'. */
  readonly where: string;
  readonly unit: number;
}

function unitsWhere(count: number, is: (unit: number) => boolean): Int32Array {
  const found: number[] = [];
  for (let u = 0; u < count; u++) if (is(u)) found.push(u);
  return Int32Array.from(found);
}

/** Every sum of one unit set to 0, as if it were constant. */
function clear(sums: ShiftedSums, unit: number): void {
  const { total, shift } = sums;
  for (const values of [shift, sums.squares, sums.lagged, sums.first, sums.last, total]) {
    for (let at = unit; at < values.length; at += total.length) values[at] = 0;
  }
}

function clearTile(tile: MomentTile, unit: number): void {
  for (let at = unit - tile.firstUnit; at < tile.sums.length; at += tile.stride) tile.sums[at] = 0;
}

function refuse(first: FirstBroken, notFinite: Int32Array, units: number): never {
  throw new DataError('not-finite', {
    given: `NaN or infinite values in ${notFinite.length} of ${units} units, first in ${first.where}, unit ${first.unit} (counted from 0)`,
    expected: 'finite values in every volume and unit',
    todo: 'Leave those units out of the mask, or record the run again.',
  });
}

/**
 * Finds the broken units of finished sums over `volumes` volumes. Masked ones are then as if they were
 * constant: their sums are set to 0.
 * @throws DataError `not-finite` unless masked.
 */
export function findBrokenUnits(options: {
  readonly sums: ShiftedSums;
  readonly tiles: readonly MomentTile[];
  readonly volumes: number;
  readonly first: FirstBroken | null;
  readonly policy: BrokenPolicy;
}): BrokenUnits {
  const { sums, tiles, volumes, first, policy } = options;
  const { total, squares } = sums;
  const notFinite = unitsWhere(squares.length, (u) => !Number.isFinite(squares[u]));
  if (first && policy === 'refuse') refuse(first, notFinite, squares.length);
  const constant = unitsWhere(
    squares.length,
    (u) => squares[u] - total[u] ** 2 / volumes <= ROUNDING * squares[u],
  );
  const masked = policy === 'mask';
  for (const unit of masked ? [...notFinite, ...constant] : []) {
    clear(sums, unit);
    clearTile(tiles[Math.floor(unit / tiles[0].stride)], unit);
  }
  return { constant, notFinite, masked };
}
