import type { Weights } from '../design/basis.js';

/** A design's basis, with the volumes cut into stretches. */
export interface BasisInStretches {
  readonly basis: Weights;
  /** Each stretch's first volume. */
  readonly firsts: readonly number[]; // [stretches]
  /** Columns that change within stretches: the basis's last ones. */
  readonly within: number;
}

/** q_(t+l) + q_(t-l), zeros beyond the run's ends, as a function of volume and column. */
export const laggedRows =
  ({ q, rows, columns }: Weights, lag: number) =>
  (t: number, j: number): number => {
    const at = (volume: number) => (volume >= 0 && volume < rows ? q[volume * columns + j] : 0);
    return at(t + lag) + at(t - lag);
  };
