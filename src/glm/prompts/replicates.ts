import type { DesignMatrix } from '../../core/design.js';
import type { Arrivals, Series } from '../../core/series.js';
import { addMoments, type ShiftedMoments } from '../../math/add-moments.js';
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

/** Sums over a prompt's volumes of d, the data less the run's shift, and of d squared. */
export interface ReplicateSums {
  readonly prompt: number;
  /** The first prompt's first volume, or 0: the same for every prompt. */
  readonly shift: Float64Array; // [units]
  readonly sums: Float64Array; // [units]
  readonly squares: Float64Array; // [units]
}

/** About each prompt's own first volume: which one comes first does not depend on the others. */
const momentsOf = (units: number): Gathering<ShiftedMoments> => ({
  start: (spare) => ({
    shift: spare?.shift ?? new Float64Array(units),
    sums: spare?.sums.fill(0) ?? new Float64Array(units),
    squares: spare?.squares.fill(0) ?? new Float64Array(units),
  }),
  add(own, rows, { seen }) {
    if (seen === 0) own.shift.set(rows[0]);
    addMoments(own, rows);
  },
});

/**
 * From sums about one shift to those about another, in place: with the shifts' difference e,
 * sum (d + e) = sum d + n e, and sum (d + e)^2 = sum d^2 + e (2 sum d + n e).
 */
function moveShift({ shift, sums, squares }: ShiftedMoments, to: Float64Array, n: number): void {
  for (let u = 0; u < sums.length; u++) {
    const e = shift[u] - to[u];
    const sum = sums[u];
    const moved = n * e;
    sums[u] = sum + moved;
    squares[u] += e * (2 * sum + moved);
  }
}

/**
 * Reads a series once, as gatherByPrompt says, and gives what is needed of each prompt's replicates.
 * @param options.shifted the design spans a constant, which takes up a shift
 */
export async function* replicateSums(
  source: Series | Arrivals,
  groups: PromptGroups,
  options: { readonly shifted: boolean },
): AsyncGenerator<ReplicateSums> {
  const { units } = source;
  const shift = new Float64Array(units);
  for await (const { prompt, own } of gatherByPrompt(source, groups, momentsOf(units))) {
    if (prompt === 0 && options.shifted) shift.set(own.shift);
    moveShift(own, shift, groups.counts[prompt]);
    const { sums, squares } = own;
    yield { prompt, shift, sums, squares };
  }
}

/**
 * As replicateSums, in less time, from the prompts' means alone: the shift is the first of them or 0, and
 * squares leave out what differs within prompts: volumes x mean d squared.
 * Reading throws DataError `not-finite`, naming the prompt.
 */
export async function* meanSums(
  source: Series | Arrivals,
  groups: PromptGroups,
  options: { readonly shifted: boolean },
): AsyncGenerator<ReplicateSums> {
  const { units } = source;
  const [shift, sums, squares] = [0, 0, 0].map(() => new Float64Array(units));
  for await (const { first: prompt, values } of promptMeans(source, groups).blocks()) {
    if (prompt === 0 && options.shifted) shift.set(values);
    const n = groups.counts[prompt];
    for (let u = 0; u < units; u++) {
      const d = values[u] - shift[u];
      sums[u] = n * d;
      squares[u] = n * d * d;
    }
    yield { prompt, shift, sums, squares };
  }
}
