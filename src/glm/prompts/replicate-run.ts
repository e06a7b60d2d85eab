import type { Row, UnitRange } from '../../core/series.js';
import { areFinite } from '../../math/finite.js';
import { numbered } from '../../math/wasm/instructions.js';
import { makeRowKernel, ROWS_AT_ONCE } from '../../math/wasm/row-kernel.js';
import type { ShiftedSums } from '../fit/moment-tile.js';
import { replicateKernel } from './replicate-kernel.js';
import type { ReplicateSums } from './replicates.js';

/** Stretches that are added at once. */
export const STRETCHES_AT_ONCE = ROWS_AT_ONCE;

/** Where a value was first found that is not finite. */
export interface BrokenStretch {
  readonly stretch: number;
  readonly unit: number;
}

/** A run's sums that need no design, as its stretches are added one after the other, tile by tile. */
export interface ReplicateRun {
  /** Adds the next stretches, tile by tile; gives the rows that replicateWeights weighs. */
  add(
    stretches: readonly ReplicateSums[],
  ): (tile: UnitRange, rows: readonly Float64Array[]) => void; // [stretches (lags + 1)][units of the tile]
  /** Gives the rows of the run's end. */
  end(tile: UnitRange, rows: readonly Float64Array[]): void; // [lags][units of the tile]
  broken(): BrokenStretch | null;
  sums(): ShiftedSums;
}

export function startReplicateRun(units: number, lags: number): ReplicateRun {
  const { arrays, addSome } = makeRowKernel(replicateKernel(lags), units)();
  const byLag = (name: string) => numbered(name, lags).map((own) => arrays[own]);
  const named = (name: string, rows: readonly Row[]) =>
    numbered(name, lags).map((own, i) => [own, rows[i]] as const);
  const rowOf = ({ sums, squares, lagged, first, last }: ReplicateSums) => ({
    ...{ sum: sums, square: squares },
    ...Object.fromEntries([
      ...named('within', lagged),
      ...named('first', first),
      ...named('next', last),
    ]),
  });
  const boundary = numbered('boundary', lags);
  const firstOfRun = new Float64Array(lags * units);
  const { shift, total, squares } = arrays;
  let broken: BrokenStretch | null = null;

  /** Of the run's first stretch. */
  function begin(own: ReplicateSums, { firstUnit, units: count }: UnitRange): void {
    const end = firstUnit + count;
    shift.set(own.shift.subarray(firstUnit, end), firstUnit);
    for (const [k, row] of own.first.entries())
      for (let u = firstUnit; u < end; u++) firstOfRun[k * units + u] = row[u] - shift[u];
  }

  return {
    add(stretches) {
      const added = stretches.map(rowOf);
      return (tile, rows) => {
        const [from, to] = [tile.firstUnit, tile.firstUnit + tile.units];
        if (stretches[0].prompt === 0) begin(stretches[0], tile);
        const given = addSome(added, tile);
        for (const [s, { sums }] of stretches.entries()) {
          const at = s * (1 + lags);
          for (const [l, name] of boundary.entries())
            rows[at + l].set(given[s][name].subarray(0, tile.units));
          rows[at + lags].set(sums.subarray(from, to));
        }
        if (!areFinite(squares.subarray(from, to))) broken = earlier(broken, stretches, tile);
      };
    },
    end({ firstUnit, units: count }, rows) {
      for (const [l, last] of byLag('last').entries()) {
        rows[l].set(last.subarray(firstUnit, firstUnit + count));
        if (l > 0) for (let i = 0; i < count; i++) rows[l][i] += rows[l - 1][i];
      }
    },
    broken: () => broken,
    sums: () => ({
      ...{ shift, total, squares, first: firstOfRun },
      ...{ lagged: joined(byLag('lagged'), units), last: joined(byLag('last'), units) },
    }),
  };
}

function joined(rows: readonly Float64Array[], units: number): Float64Array {
  const all = new Float64Array(rows.length * units);
  for (const [r, row] of rows.entries()) all.set(row, r * units);
  return all;
}

/** The earliest stretch with a value that is not finite, and its first unit; tiles come in their order. */
function earlier(
  found: BrokenStretch | null,
  stretches: readonly ReplicateSums[],
  { firstUnit, units }: UnitRange,
): BrokenStretch | null {
  for (const { prompt, squares } of stretches) {
    if (found && found.stretch <= prompt) return found;
    const own = squares.subarray(firstUnit, firstUnit + units);
    const unit = own.findIndex((square) => !Number.isFinite(square));
    if (unit >= 0) return { stretch: prompt, unit: firstUnit + unit };
  }
  return found;
}
