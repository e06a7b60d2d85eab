import type { Arrivals, Series } from '../../core/series.js';
import { rowSums } from '../../math/row-sums.js';
import { type OnUnits, UNITS_AT_ONCE } from '../../math/wasm/row-kernel.js';
import { rangesOf } from '../fit/moment-tile.js';
import { gatherByPrompt, memoryFor } from './by-prompt.js';
import { promptMeans } from './prompt-means.js';
import { momentsOf, promptMoments, type VolumeWeights } from './prompt-moments.js';
import type { PromptGroups } from './prompts.js';

/** Sums over each prompt of a series, of d, the data less the shift. */
export interface PromptTotals {
  readonly shift: Float64Array; // [units]
  readonly sums: Float64Array; // [prompts, units]
  /** Sum of d squared over all prompts. */
  readonly squares: Float64Array; // [units]
  /** Sum of w_t d_t over all prompts, by column of the weights. */
  readonly weighted: readonly Float64Array[]; // [columns][units]
  /** The same over each prompt, where they are kept. */
  readonly weightedByPrompt: readonly Float64Array[]; // [columns][prompts, units]
}

interface How {
  /** The design spans a constant, which takes up a shift: the first volume, or nothing. */
  readonly shifted: boolean;
  readonly weights: VolumeWeights;
  /** Keep weighted sums of every prompt. */
  readonly keep: boolean;
}

/** Reads a series once, as gatherByPrompt says. */
export async function sumPrompts(
  source: Series | Arrivals,
  groups: PromptGroups,
  { shifted, weights, keep }: How,
): Promise<PromptTotals> {
  const { units } = source;
  const { columns } = weights;
  const ofPrompts = () => new Float64Array(groups.prompts.length * units);
  const shift = new Float64Array(units);
  const [sums, weightedByPrompt] = [
    ofPrompts(),
    Array.from({ length: keep ? columns : 0 }, ofPrompts),
  ];
  const kind = rowSums(units, 'float64');
  const others = kind.needs(1 + columns);
  const sets = promptMoments(units, { lags: 0, columns });
  const { memory, fresh } = memoryFor(sets, source, { groups, others });
  const total = kind.in(memory);
  const [squares, weighted] = [total(), Array.from({ length: columns }, total)];
  const gathering = momentsOf(fresh, { shifted, weights });
  for await (const { add, whole } of gatherByPrompt(source, groups, gathering, { memory })) {
    const ending = whole.map(({ first: prompt, owns: [own] }): OnUnits => {
      const adding = [squares.add([own.squares])];
      for (const [j, row] of own.weighted.entries()) adding.push(weighted[j].add([row]));
      return (range) => {
        const [from, to] = [range.firstUnit, range.firstUnit + range.units];
        const at = prompt * units + from;
        if (prompt === 0) shift.set(own.shift.subarray(from, to), from);
        sums.set(own.sums.subarray(from, to), at);
        for (const [j, kept] of weightedByPrompt.entries())
          kept.set(own.weighted[j].subarray(from, to), at);
        for (const addTo of adding) addTo(range);
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
    weightedByPrompt,
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
  return { shift, sums, squares, weighted: [], weightedByPrompt: [] };
}
