import type { UnitRange } from '../../core/series.js';
import { areFinite } from '../../math/finite.js';
import type { MomentSize } from '../../math/row-moments.js';
import { type RowSums, rowSums } from '../../math/row-sums.js';
import { numbered } from '../../math/wasm/instructions.js';
import { namedArrays } from '../../math/wasm/memory.js';
import {
  compiledBy,
  type OnUnits,
  ROWS_AT_ONCE,
  type RunRows,
} from '../../math/wasm/row-kernel.js';
import type { SetKind } from '../../math/wasm/sets.js';
import type { ShiftedSums } from '../fit/moment-tile.js';
import type { WholePrompts } from '../prompts/by-prompt.js';
import type { PromptMoments } from '../prompts/sums/prompt-moments.js';
import { stretchKernel } from './stretch-kernel.js';

/** Stretches that are added at once. */
export const STRETCHES_AT_ONCE = ROWS_AT_ONCE;

/** Where a value was first found that is not finite. */
export interface BrokenStretch {
  readonly stretch: number;
  readonly unit: number;
}

/** Sums at the boundary before a stretch, of some units, in the kernels' memory. */
export type Boundary = readonly Float64Array[]; // [lags][units of the range]

/** A run's sums, as its stretches are added one after the other, to some units at a time. */
export interface StretchRun {
  /** Sum of w_t d_t, by column of the weights. */
  readonly weighted: readonly Float64Array[]; // [columns][units]
  /** d_0, d_1, ... once the first stretch was added. */
  readonly first: readonly Float64Array[]; // [lags][units]
  /** d of the last volume, of the one before it, ... */
  readonly last: readonly Float64Array[]; // [lags][units]
  /**
   * What adds the next stretches, STRETCHES_AT_ONCE at most, to some units after others; it leaves the sums
   * at their boundaries.
   */
  add(
    stretches: WholePrompts<PromptMoments>,
    boundaries: readonly Boundary[], // [stretches]
  ): OnUnits;
  broken(): BrokenStretch | null;
  sums(): ShiftedSums;
}

const kernelOf = compiledBy(stretchKernel);

/** A run of no stretches. */
export function stretchRun(units: number, { lags, columns }: MomentSize): SetKind<StretchRun> {
  const [kernel, rows] = [kernelOf(lags), rowSums(units)];
  return {
    needs: (count) => [
      ...[...kernel.needs, ...rows.needs(count * columns)],
      { type: 'float64', length: units, count: count * (kernel.arrays.length + lags) },
    ],
    in(memory) {
      const [run, next] = [kernel.in(memory), rows.in(memory)];
      return () => {
        const arrays = namedArrays(memory, kernel.arrays, units);
        const first = Array.from({ length: lags }, () => memory.float64(units));
        const weighted = Array.from({ length: columns }, next);
        return start({ arrays, first, weighted, run });
      };
    },
  };
}

const named = (name: string, rows: readonly Float64Array[]) =>
  numbered(name, rows.length).map((own, i) => [own, rows[i]] as const);

const rowOf = ({ sums, squares, lagged, first, last }: PromptMoments) => ({
  ...{ sum: sums, square: squares },
  ...Object.fromEntries([
    ...named('within', lagged),
    ...named('first', first),
    ...named('next', last),
  ]),
});

function start(own: {
  readonly arrays: Readonly<Record<string, Float64Array>>;
  readonly first: readonly Float64Array[]; // [lags][units]
  readonly weighted: readonly RowSums[]; // [columns]
  readonly run: RunRows;
}): StretchRun {
  const { arrays, first: firstOfRun, weighted, run } = own;
  const { shift, total, squares } = arrays;
  const { length: units } = shift;
  const byLag = (name: string) => numbered(name, firstOfRun.length).map((each) => arrays[each]);
  const last = byLag('last');
  let broken: BrokenStretch | null = null;

  /** Of the run's first stretch. */
  function begin(stretch: PromptMoments, { firstUnit, units: count }: UnitRange): void {
    const end = firstUnit + count;
    shift.set(stretch.shift.subarray(firstUnit, end), firstUnit);
    for (const [k, row] of stretch.first.entries())
      for (let u = firstUnit; u < end; u++) firstOfRun[k][u] = row[u] - shift[u];
  }

  return {
    ...{ weighted: weighted.map(({ sums }) => sums), first: firstOfRun, last },
    add(stretches, boundaries) {
      const { first, owns } = stretches;
      const outputs = boundaries.map((each) => Object.fromEntries(named('boundary', each)));
      const adding = [run({ arrays, rows: owns.map(rowOf), outputs })];
      for (const [j, { add }] of weighted.entries())
        adding.push(add(owns.map((each) => each.weighted[j])));
      return (range) => {
        if (first === 0) begin(owns[0], range);
        for (const addTo of adding) addTo(range);
        const { firstUnit: from } = range;
        if (!areFinite(squares.subarray(from, from + range.units)))
          broken = earlier(broken, stretches, range);
      };
    },
    broken: () => broken,
    sums: () => ({
      ...{ shift, total, squares, first: joined(firstOfRun, units), last: joined(last, units) },
      lagged: joined(byLag('lagged'), units),
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
  { first, owns }: WholePrompts<PromptMoments>,
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
