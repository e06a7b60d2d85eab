import type { Arrivals, Series } from '../../../core/series.js';
import { rowProducts } from '../../../math/row-products.js';
import { rowSums } from '../../../math/row-sums.js';
import { type OnUnits, UNITS_AT_ONCE } from '../../../math/wasm/row-kernel.js';
import { rangesOf } from '../../fit/moment-tile.js';
import { gatherByPrompt, memoryFor } from '../by-prompt.js';
import { promptMeans } from '../prompt-means.js';
import type { PromptGroups } from '../prompts.js';
import { momentsOf, promptMoments, type VolumeWeights } from './prompt-moments.js';

/** Sums over each prompt of a series, of d, the data less the shift. */
export interface PromptTotals {
  readonly shift: Float64Array; // [units]
  readonly sums: Float64Array; // [prompts, units]
  /** Sum of d squared over all prompts. */
  readonly squares: Float64Array; // [units]
  /** Sum of w_t d_t over all prompts, by column of the weights. */
  readonly weighted: readonly Float64Array[]; // [columns][units]
  /** What is kept of each prompt besides. */
  readonly kept: readonly Float64Array[]; // [kept][prompts, units]
}

/** Sums of a prompt's sum and its weighted sums, each times a weight of the prompt's own. */
export interface Kept {
  readonly count: number;
  readonly weightsOf: (prompt: number) => Float64Array; // [1 + columns, kept]
}

interface How {
  /** The design spans a constant, which takes up a shift: the first volume, or nothing. */
  readonly shifted: boolean;
  readonly weights: VolumeWeights;
  readonly kept: Kept;
}

/** Reads a series once, as gatherByPrompt says. */
export async function sumPrompts(
  source: Series | Arrivals,
  groups: PromptGroups,
  { shifted, weights, kept }: How,
): Promise<PromptTotals> {
  const { units } = source;
  const { columns } = weights;
  const ofPrompts = () => new Float64Array(groups.prompts.length * units);
  const shift = new Float64Array(units);
  const [sums, keeping] = [ofPrompts(), Array.from({ length: kept.count }, ofPrompts)];
  const [kind, products] = [rowSums(units), rowProducts(units, kept.count)];
  const others = [...kind.needs(1 + columns), ...products.needs(1)];
  const sets = promptMoments(units, { lags: 0, columns });
  const { memory, fresh } = memoryFor(sets, source, { groups, others });
  const [total, ofPrompt] = [kind.in(memory), products.in(memory)()];
  const [squares, weighted] = [total(), Array.from({ length: columns }, total)];
  const gathering = momentsOf(fresh, { shifted, weights });
  for await (const { add, whole } of gatherByPrompt(source, groups, gathering, { memory })) {
    const ending = whole.map(({ first: prompt, owns: [own] }): OnUnits => {
      const rows = [own.sums, ...own.weighted];
      const adding = [
        squares.add([own.squares]),
        ...own.weighted.map((row, j) => weighted[j].add([row])),
        ofPrompt.add(rows, kept.weightsOf(prompt), { fresh: true }),
      ];
      return (range) => {
        for (const addTo of adding) addTo(range);
        const [from, to] = [range.firstUnit, range.firstUnit + range.units];
        const put = (row: Float64Array, into: Float64Array, at: number) =>
          into.set(row.subarray(from, to), at + from);
        if (prompt === 0) put(own.shift, shift, 0);
        put(own.sums, sums, prompt * units);
        for (const [k, into] of keeping.entries()) put(ofPrompt.sums[k], into, prompt * units);
      };
    });
    for (const range of rangesOf(units, UNITS_AT_ONCE)) {
      add(range);
      for (const addTo of ending) addTo(range);
    }
  }
  const copyOf = (own: { readonly sums: Float64Array }) => own.sums.slice(); // lets the memory go
  return {
    shift,
    sums,
    squares: copyOf(squares),
    weighted: weighted.map(copyOf),
    kept: keeping,
  };
}

/**
 * Without weights, and in less time, from the prompts' means alone: the shift is the first of them or 0,
 * and squares leave out what differs within prompts: volumes x mean d squared.
 * @throws DataError `not-finite`, naming the prompt.
 */
export async function sumMeans(
  source: Series | Arrivals,
  groups: PromptGroups,
  options: Pick<How, 'shifted'>,
): Promise<PromptTotals> {
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
  return { shift, sums, squares, weighted: [], kept: [] };
}
