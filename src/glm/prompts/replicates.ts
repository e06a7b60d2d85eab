import type { DesignMatrix } from '../../core/design.js';
import type { Arrivals, Row, Series, UnitRange } from '../../core/series.js';
import { type RowMoments, rowMoments } from '../../math/row-moments.js';
import { rowSums } from '../../math/row-sums.js';
import { UNITS_AT_ONCE } from '../../math/wasm/row-kernel.js';
import type { SetKind } from '../../math/wasm/sets.js';
import { rangesOf } from '../fit/moment-tile.js';
import { type Gathering, gatherByPrompt, memoryFor } from './by-prompt.js';
import { promptMeans } from './prompt-means.js';
import type { PromptGroups } from './prompts.js';

/**
 * Whether the volumes of every prompt are replicates: they share one row of the design, so that all a
 * fit needs of them is how many they are, their sum and their sum of squares.
 * @param promptOf prompt of each row of the design // [rows]
 */
export function areReplicates(design: DesignMatrix, promptOf: ArrayLike<number>): boolean {
  const { names, rows, values } = design;
  const p = names.length;
  const firstRow = new Map<number, number>(); // by prompt
  for (let row = 0; row < rows; row++) {
    const first = firstRow.get(promptOf[row]);
    if (first === undefined) firstRow.set(promptOf[row], row);
    else if (names.some((_, j) => values[row * p + j] !== values[first * p + j])) return false;
  }
  return true;
}

/**
 * Sums over a prompt's volumes of d, the data less the run's first volume in a prompt (or less nothing),
 * and the volumes that other prompts' lag behind, or that lag behind theirs.
 */
export interface ReplicateSums extends RowMoments {
  /** The data, not d, of the prompt's first volume, of its second, ..., where it has as many. */
  readonly first: readonly Float64Array[]; // [lags][units]
}

/** Those while volumes are added. */
interface GatheredReplicates extends ReplicateSums {
  /** Puts some units of a row into `first`, as doubles. */
  setFirst(k: number, row: Row, range: UnitRange): void;
}

/** Sums of no replicates. */
export function replicateSets(units: number, lags: number): SetKind<GatheredReplicates> {
  const [moments, rows] = [rowMoments(units, lags), rowSums(units)];
  return {
    needs: (count) => [...moments.needs(count), ...rows.needs(lags * count)],
    in(memory) {
      const [nextMoments, nextRow] = [moments.in(memory), rows.in(memory)];
      return () => {
        const first = Array.from({ length: lags }, nextRow);
        return {
          ...nextMoments(),
          first: first.map(({ sums }) => sums),
          setFirst: (k, row, range) => first[k].add([row], { range, fresh: true }),
        };
      };
    },
  };
}

/**
 * What is needed of each prompt's replicates.
 * @param options.shifted the design spans a constant, which takes up a shift
 */
export function replicatesOf(
  fresh: () => GatheredReplicates,
  { shifted }: { readonly shifted: boolean },
): Gathering<GatheredReplicates> {
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
    add(own, rows, { range, seen }) {
      for (let k = seen; k < Math.min(own.first.length, seen + rows.length); k++)
        own.setFirst(k, rows[k - seen], range);
      own.add(rows, { range, fresh: seen === 0 });
    },
  };
}

/** Sums over all replicates of a series, of d as above. */
export interface SumsOfReplicates {
  readonly shift: Float64Array; // [units]
  readonly sums: Float64Array; // [prompts, units]
  /** Over all prompts. */
  readonly squares: Float64Array; // [units]
}

/** Reads a series once, as gatherByPrompt says. */
export async function sumReplicates(
  source: Series | Arrivals,
  groups: PromptGroups,
  { shifted }: { readonly shifted: boolean },
): Promise<SumsOfReplicates> {
  const { units } = source;
  const sums = new Float64Array(groups.prompts.length * units);
  const shift = new Float64Array(units);
  const total = rowSums(units, 'float64');
  const others = total.needs(1);
  const { memory, fresh } = memoryFor(replicateSets(units, 0), source, { groups, others });
  const { sums: squares, add: addSquares } = total.in(memory)();
  const gathering = replicatesOf(fresh, { shifted });
  for await (const { add, whole } of gatherByPrompt(source, groups, gathering, { memory })) {
    for (const range of rangesOf(units, UNITS_AT_ONCE)) {
      add(range);
      const [from, to] = [range.firstUnit, range.firstUnit + range.units];
      for (const { first: prompt, owns } of whole) {
        const [own] = owns;
        if (prompt === 0) shift.set(own.shift.subarray(from, to), from);
        sums.set(own.sums.subarray(from, to), prompt * units + from);
        addSquares([own.squares], { range });
      }
    }
  }
  return { shift, sums, squares };
}

/**
 * The same in less time, from the prompts' means alone: the shift is the first of them or 0, and squares
 * leave out what differs within prompts: volumes x mean d squared.
 * @throws DataError `not-finite`, naming the prompt.
 */
export async function sumMeans(
  source: Series | Arrivals,
  groups: PromptGroups,
  options: { readonly shifted: boolean },
): Promise<SumsOfReplicates> {
  const { units } = source;
  const sums = new Float64Array(groups.prompts.length * units);
  const [shift, squares] = [new Float64Array(units), new Float64Array(units)];
  for await (const { first: prompt, values } of promptMeans(source, groups).blocks()) {
    if (prompt === 0 && options.shifted) shift.set(values);
    const n = groups.counts[prompt];
    const own = sums.subarray(prompt * units, (prompt + 1) * units);
    for (let u = 0; u < units; u++) {
      const d = values[u] - shift[u];
      own[u] = n * d;
      squares[u] += n * d * d;
    }
  }
  return { shift, sums, squares };
}
