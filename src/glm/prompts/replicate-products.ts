import type { UnitRange } from '../../core/series.js';
import { rowProducts } from '../../math/row-products.js';
import type { SetKind } from '../../math/wasm/sets.js';
import type { Weights } from '../design/basis.js';
import { type MomentTile, unitRanges } from '../fit/moment-tile.js';
import type { WholePrompts } from './by-prompt.js';
import type { Boundary } from './replicate-run.js';
import { replicateWeights } from './replicate-weights.js';
import type { ReplicateSums } from './replicates.js';

/** A run's sums with its design, from a few sums of its stretches (replicateWeights). */
export interface ReplicateProducts {
  /** What adds stretches and the boundaries before them to some units after others. */
  add(
    stretches: WholePrompts<ReplicateSums>,
    boundaries: readonly Boundary[], // [stretches]
  ): (range: UnitRange) => void;
  /** What adds the boundary at the run's end. */
  end(boundary: Boundary): (range: UnitRange) => void;
  tiles(): MomentTile[];
}

/** @param firsts each stretch's first volume */
export function replicateProducts(
  units: number,
  design: { readonly basis: Weights; readonly firsts: readonly number[]; readonly lags: number },
): SetKind<ReplicateProducts> {
  const { basis, firsts, lags } = design;
  const { columns } = basis;
  const weights = replicateWeights(basis, firsts);
  const part = (all: Float64Array, first: number, count: number) =>
    all.subarray(first * columns, (first + count) * columns);
  const products = rowProducts(units, columns);
  return {
    needs: (count) => products.needs(count * (1 + lags)),
    in(memory) {
      const next = products.in(memory);
      return () => {
        const own = next();
        const atLag = Array.from({ length: lags }, next);
        const addSteps = (boundaries: readonly Boundary[], first: number) => {
          const steps = part(weights.steps, first, boundaries.length);
          const adding = atLag.map(({ add }, l) =>
            add(
              boundaries.map((boundary) => boundary[l]),
              steps,
            ),
          );
          return (range: UnitRange) => {
            for (const add of adding) add({ range, rowsFrom: 0 });
          };
        };
        return {
          add({ first, owns }, boundaries) {
            const sums = owns.map((stretch) => stretch.sums);
            const addSums = own.add(sums, part(weights.own, first, owns.length));
            const addBoundaries = addSteps(boundaries, first);
            return (range) => {
              addSums({ range });
              addBoundaries(range);
            };
          },
          end: (boundary) => addSteps([boundary], firsts.length),
          tiles() {
            const { stride, ranges } = unitRanges(units, { basis, lags });
            return ranges.map((range): MomentTile => {
              const { firstUnit: from } = range;
              const cut = (row: Float64Array) => row.subarray(from, from + range.units);
              const sums = new Float64Array((1 + lags) * columns * stride);
              for (const [j, row] of own.sums.entries()) {
                sums.set(cut(row), j * stride);
                for (const [l, { sums: steps }] of atLag.entries()) {
                  const step = cut(steps[j]);
                  const twice = cut(row).map((sum, u) => 2 * sum + step[u]);
                  sums.set(twice, ((1 + l) * columns + j) * stride);
                }
              }
              return { ...range, stride, sums };
            });
          },
        };
      };
    },
  };
}
