import type { DesignMatrix } from '../../core/design.js';
import type { Arrivals, Row, Series } from '../../core/series.js';
import { makeRowMoments, type RowMoments } from '../../math/row-moments.js';
import { type Gathering, gatherByPrompt } from './by-prompt.js';
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

/** How replicates are summed. */
export interface ReplicateOptions {
  /** The design spans a constant, which takes up a shift. */
  readonly shifted: boolean;
  /** Lags of the noise; default 0. */
  readonly lags?: number;
}

/**
 * Sums over a prompt's volumes of d, the data less the run's first volume in a prompt (or less nothing),
 * and the volumes that other prompts' lag behind, or that lag behind theirs.
 */
interface PromptMoments extends RowMoments {
  /** The data, not d, of the prompt's first volume, of its second, ..., where it has as many. */
  readonly first: Row[]; // [lags][units]
}

export interface ReplicateSums extends Omit<PromptMoments, 'add' | 'first'> {
  readonly prompt: number;
  readonly first: readonly Row[]; // [lags][units]
}

function momentsOf(
  units: number,
  { shifted, lags = 0 }: ReplicateOptions,
): Gathering<PromptMoments> {
  const moments = makeRowMoments(units, lags);
  const shift = new Float64Array(units);
  const fresh = (): PromptMoments => {
    const own = moments();
    own.shift.set(shift);
    return { ...own, first: [] };
  };
  return {
    begin(volume) {
      if (shifted) shift.set(volume);
    },
    start: (spare) => spare ?? fresh(),
    add(own, rows, { seen }) {
      for (let k = seen; k < Math.min(lags, seen + rows.length); k++)
        own.first[k] = copied(rows[k - seen], own.first[k]);
      own.add(rows, seen === 0);
    },
  };
}

/** A row's copy, where there is a spare one of its type in the place of that. */
function copied(row: Row, spare: Row | undefined): Row {
  if (spare?.constructor !== row.constructor) return row.slice();
  spare.set(row);
  return spare;
}

/**
 * Reads a series once, as gatherByPrompt says, and gives what is needed of each prompt's replicates:
 * of `together` prompts at a time, by default of one.
 */
export async function* replicateSums(
  source: Series | Arrivals,
  groups: PromptGroups,
  options: ReplicateOptions & { readonly together?: number },
): AsyncGenerator<ReplicateSums[]> {
  const { together, ...how } = options;
  const gathering = momentsOf(source.units, how);
  for await (const { first, owns } of gatherByPrompt(source, groups, gathering, together))
    yield owns.map((own, i) => ({ prompt: first + i, ...own }));
}

/** Sums over all replicates of a series, of d as above. */
export interface SumsOfReplicates {
  readonly shift: Float64Array; // [units]
  readonly sums: Float64Array; // [prompts, units]
  /** Over all prompts. */
  readonly squares: Float64Array; // [units]
}

/** Reads a series once, as replicateSums does. */
export async function sumReplicates(
  source: Series | Arrivals,
  groups: PromptGroups,
  options: { readonly shifted: boolean },
): Promise<SumsOfReplicates> {
  const { units } = source;
  const sums = new Float64Array(groups.prompts.length * units);
  const squares = new Float64Array(units);
  let shift: Float64Array = new Float64Array(units);
  for await (const [own] of replicateSums(source, groups, options)) {
    ({ shift } = own);
    sums.set(own.sums, own.prompt * units);
    for (let u = 0; u < units; u++) squares[u] += own.squares[u];
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
