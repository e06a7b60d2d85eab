import { rowProducts } from '../../math/row-products.js';
import { inTurn, type OnUnits } from '../../math/wasm/row-kernel.js';
import type { SetKind } from '../../math/wasm/sets.js';
import { type MomentTile, unitRanges } from '../fit/moment-tile.js';
import type { WholePrompts } from '../prompts/by-prompt.js';
import type { PromptMoments } from '../prompts/sums/prompt-moments.js';
import type { BasisInStretches } from './basis-in-stretches.js';
import type { LagWeights } from './lag-weights.js';
import type { Boundary, StretchRun } from './stretch-run.js';

/** A run's sums with its design, from a few sums of its stretches (lagWeights). */
export interface StretchProducts {
  /** What adds stretches and the boundaries before them to some units after others. */
  add(
    stretches: WholePrompts<PromptMoments>,
    boundaries: readonly Boundary[], // [stretches]
  ): OnUnits;
  /** What adds, at every lag, what the whole run's sums and the volumes at its ends weigh there. */
  end(run: StretchRun): OnUnits;
  tiles(run: StretchRun): MomentTile[];
}

export function stretchProducts(
  units: number,
  design: BasisInStretches & { readonly weights: LagWeights },
): SetKind<StretchProducts> {
  const { basis, firsts, within, weights } = design;
  const { q, columns } = basis;
  const same = columns - within;
  const lags = weights.atEnd.length;
  const ofFirst = new Float64Array(firsts.length * same); // [stretches, same]
  for (const [s, first] of firsts.entries())
    ofFirst.set(q.subarray(first * columns, first * columns + same), s * same);
  const [ofSums, atLags] = [rowProducts(units, same), rowProducts(units, columns)];
  return {
    needs: (count) => [...ofSums.needs(count), ...atLags.needs(count * lags)],
    in(memory) {
      const [nextOfSums, nextAtLag] = [ofSums.in(memory), atLags.in(memory)];
      return () => {
        const own = nextOfSums();
        const atLag = Array.from({ length: lags }, nextAtLag);
        /** Sums of q_t d_t. */
        const rowsOf = (run: StretchRun) => [...own.sums, ...run.weighted]; // [columns]
        return {
          add({ first, owns }, boundaries) {
            const part = (all: Float64Array, width: number) =>
              all.subarray(first * width, (first + owns.length) * width);
            const sums = owns.map((stretch) => stretch.sums);
            const steps = part(weights.steps, columns);
            const adding = [
              own.add(sums, part(ofFirst, same)),
              ...atLag.map(({ add }, l) =>
                add(
                  boundaries.map((boundary) => boundary[l]),
                  steps,
                  { rowsFrom: 0 },
                ),
              ),
            ];
            return inTurn(adding);
          },
          end(run) {
            const rows = [...rowsOf(run), ...run.first, ...run.last];
            const adding = atLag.map(({ add }, l) => add(rows, weights.atEnd[l]));
            return inTurn(adding);
          },
          tiles(run) {
            const { stride, ranges } = unitRanges(units, { basis, lags });
            const rows = [...rowsOf(run), ...atLag.flatMap(({ sums }) => sums)];
            return ranges.map((range): MomentTile => {
              const { firstUnit: from } = range;
              const sums = new Float64Array(rows.length * stride);
              for (const [r, row] of rows.entries())
                sums.set(row.subarray(from, from + range.units), r * stride);
              return { ...range, stride, sums };
            });
          },
        };
      };
    },
  };
}
