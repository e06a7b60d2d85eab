import type { UnitRange } from '../../core/series.js';
import { areFinite } from '../../math/finite.js';
import { numbered } from '../../math/wasm/instructions.js';
import { namedArrays } from '../../math/wasm/memory.js';
import { compiledBy, ROWS_AT_ONCE, type RunRows } from '../../math/wasm/row-kernel.js';
import type { SetKind } from '../../math/wasm/sets.js';
import type { ShiftedSums } from '../fit/moment-tile.js';
import type { WholePrompts } from './by-prompt.js';
import { replicateKernel } from './replicate-kernel.js';
import type { ReplicateSums } from './replicates.js';

/** Stretches that are added at once. */
export const STRETCHES_AT_ONCE = ROWS_AT_ONCE;

/** Where a value was first found that is not finite. */
export interface BrokenStretch {
  readonly stretch: number;
  readonly unit: number;
}

/** Sums at the boundary before a stretch, or after the last, of some units, in the kernels' memory. */
export type Boundary = readonly Float64Array[]; // [lags][units of the range]

/** A run's sums that need no design, as its stretches are added one after the other, to some units at a time. */
export interface ReplicateRun {
  /**
   * What adds the next stretches, STRETCHES_AT_ONCE at most, to some units after others; it leaves the sums
   * at their boundaries.
   */
  add(
    stretches: WholePrompts<ReplicateSums>,
    boundaries: readonly Boundary[], // [stretches]
  ): (range: UnitRange) => void;
  /** Gives the sums at the run's end. */
  end(range: UnitRange, boundary: Boundary): void;
  broken(): BrokenStretch | null;
  sums(): ShiftedSums;
}

const kernelOf = compiledBy(replicateKernel);

/** A run of no stretches. */
export function replicateRun(units: number, lags: number): SetKind<ReplicateRun> {
  const kernel = kernelOf(lags);
  return {
    needs: (count) => [
      ...kernel.needs,
      { type: 'float64', length: units, count: count * kernel.arrays.length },
    ],
    in(memory) {
      const run = kernel.in(memory);
      return () => start(namedArrays(memory, kernel.arrays, units), lags, run);
    },
  };
}

const named = (name: string, rows: readonly Float64Array[]) =>
  numbered(name, rows.length).map((own, i) => [own, rows[i]] as const);

const rowOf = ({ sums, squares, lagged, first, last }: ReplicateSums) => ({
  ...{ sum: sums, square: squares },
  ...Object.fromEntries([
    ...named('within', lagged),
    ...named('first', first),
    ...named('next', last),
  ]),
});

function start(
  arrays: Readonly<Record<string, Float64Array>>,
  lags: number,
  run: RunRows,
): ReplicateRun {
  const { shift, total, squares } = arrays;
  const units = shift.length;
  const byLag = (name: string) => numbered(name, lags).map((own) => arrays[own]);
  const firstOfRun = new Float64Array(lags * units);
  let broken: BrokenStretch | null = null;

  /** Of the run's first stretch. */
  function begin(own: ReplicateSums, { firstUnit, units: count }: UnitRange): void {
    const end = firstUnit + count;
    shift.set(own.shift.subarray(firstUnit, end), firstUnit);
    for (const [k, row] of own.first.entries())
      for (let u = firstUnit; u < end; u++) firstOfRun[k * units + u] = row[u] - shift[u];
  }

  return {
    add(stretches, boundaries) {
      const { first, owns } = stretches;
      const rows = owns.map(rowOf);
      const outputs = boundaries.map((own) => Object.fromEntries(named('boundary', own)));
      return (range) => {
        if (first === 0) begin(owns[0], range);
        run({ arrays, rows, range, outputs });
        const { firstUnit: from } = range;
        if (!areFinite(squares.subarray(from, from + range.units)))
          broken = earlier(broken, stretches, range);
      };
    },
    end({ firstUnit, units: count }, boundary) {
      for (const [l, last] of byLag('last').entries()) {
        boundary[l].set(last.subarray(firstUnit, firstUnit + count));
        if (l > 0) for (let i = 0; i < count; i++) boundary[l][i] += boundary[l - 1][i];
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

/** The earliest stretch with a value that is not finite, and its first unit; ranges come in their order. */
function earlier(
  found: BrokenStretch | null,
  { first, owns }: WholePrompts<ReplicateSums>,
  { firstUnit, units }: UnitRange,
): BrokenStretch | null {
  for (const [s, { squares }] of owns.entries()) {
    const stretch = first + s;
    if (found && found.stretch <= stretch) return found;
    const own = squares.subarray(firstUnit, firstUnit + units);
    const unit = own.findIndex((square) => !Number.isFinite(square));
    if (unit >= 0) return { stretch, unit: firstUnit + unit };
  }
  return found;
}
