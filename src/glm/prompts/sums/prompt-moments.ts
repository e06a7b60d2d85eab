import type { Row } from '../../../core/series.js';
import { type MomentSize, type RowMoments, rowMoments } from '../../../math/row-moments.js';
import { rowSums } from '../../../math/row-sums.js';
import { inTurn, type OnUnits } from '../../../math/wasm/row-kernel.js';
import type { SetKind } from '../../../math/wasm/sets.js';
import type { Weights } from '../../design/basis.js';
import type { Gathering } from '../by-prompt.js';

/**
 * Sums over a prompt's volumes of d, the data less the run's first volume in a prompt (or less nothing),
 * and the volumes that other prompts' lag behind, or that lag behind theirs.
 */
export interface PromptMoments extends RowMoments {
  /** The data, not d, of the prompt's first volume, of its second, ..., where it has as many. */
  readonly first: readonly Float64Array[]; // [lags][units]
}

/** Those while volumes are added. */
interface GatheredMoments extends PromptMoments {
  /** What puts a row into `first`, as doubles. */
  setFirst(k: number, row: Row): OnUnits;
}

/** Moments of no volumes. */
export function promptMoments(units: number, size: MomentSize): SetKind<GatheredMoments> {
  const [moments, rows] = [rowMoments(units, size), rowSums(units)];
  const { lags } = size;
  return {
    needs: (count) => [...moments.needs(count), ...rows.needs(lags * count)],
    in(memory) {
      const [nextMoments, nextRow] = [moments.in(memory), rows.in(memory)];
      return () => {
        const first = Array.from({ length: lags }, nextRow);
        return {
          ...nextMoments(),
          first: first.map(({ sums }) => sums),
          setFirst: (k, row) => first[k].add([row], { fresh: true }),
        };
      };
    },
  };
}

/** Columns of weights up to which sums by prompt take less time than volumes in their order. */
export const MOST_COLUMNS = 8;

/** What volumes weigh in the weighted sums, column by column. */
export interface VolumeWeights {
  readonly columns: number;
  readonly values: Float64Array; // [volumes, columns]
}

/**
 * The last columns of a basis, as many as `count`; 0 in volumes that have no row.
 * @param volumeOf volume of each row // [rows]
 */
export function lastColumns(
  { q, columns, rows }: Weights,
  count: number,
  { volumes = rows, volumeOf = (row: number) => row } = {},
): VolumeWeights {
  const values = new Float64Array(volumes * count);
  for (let row = 0; row < rows; row++)
    values.set(q.subarray((row + 1) * columns - count, (row + 1) * columns), volumeOf(row) * count);
  return { columns: count, values };
}

/**
 * What is needed of each prompt's volumes.
 * @param options.shifted the design spans a constant, which takes up a shift
 */
export function momentsOf(
  fresh: () => GatheredMoments,
  options: { readonly shifted: boolean; readonly weights: VolumeWeights },
): Gathering<GatheredMoments> {
  const { shifted, weights } = options;
  const { columns, values } = weights;
  let shift: Row | null = null; // [units]
  return {
    begin(volume) {
      if (shifted) shift = volume.slice();
    },
    start(spare) {
      if (spare) return spare;
      const own = fresh();
      if (shift) own.shift.set(shift);
      return own;
    },
    add(own, rows, { first, seen }) {
      const ofRows = values.subarray(first * columns, (first + rows.length) * columns);
      const adding = [own.add(rows, { weights: ofRows, fresh: seen === 0 })];
      for (let k = seen; k < Math.min(own.first.length, seen + rows.length); k++)
        adding.push(own.setFirst(k, rows[k - seen]));
      return inTurn(adding);
    },
  };
}
