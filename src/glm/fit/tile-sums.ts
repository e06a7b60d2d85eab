import type { UnitRange } from '../../core/series.js';
import type { Weights } from '../design/basis.js';
import {
  type Broken,
  type Chunk,
  chunkVolumes,
  chunkWeights,
  earlier,
  findBroken,
  gather,
  noteEnds,
  recallLast,
  type ShiftedSums,
  type TileRows,
} from './moment-tile.js';
import { startTileProducts } from './tile-products.js';

/** What is to be summed, over which units. */
export interface SumJob {
  readonly basis: Weights;
  readonly lags: number;
  /** 1 for volumes that count as zeros. */
  readonly censored: Uint8Array | undefined; // [volumes]
  /** Where sums that need no design grow; `shift` stands before the first chunk comes. */
  readonly sums: ShiftedSums;
  readonly stride: number;
  readonly ranges: readonly UnitRange[];
}

/** What came of a job. */
export interface Summed {
  /** Of each range: MomentTile's. */
  readonly sums: readonly Float64Array[]; // [ranges][(1 + lags) columns, stride]
  readonly broken: Broken | null;
}

/** Adds a run's chunks, in order, to the sums of some units. */
export interface Summing {
  /** One after another: the next when the last has ended. */
  add(chunk: Chunk): Promise<void>;
  finish(): Promise<Summed>;
  /** Gives back what it holds, whether or not it finished. */
  release(): Promise<void>;
}

/** Sums here, in this thread. */
export async function startSumming(job: SumJob): Promise<Summing> {
  const { basis, lags, censored, sums, stride, ranges } = job;
  const columns = basis.columns * (1 + lags);
  const products = await startTileProducts({ tiles: ranges.length, columns, stride });
  const gathered: TileRows = {
    stride,
    lags,
    values: new Float64Array((lags + chunkVolumes(basis)) * stride),
  };
  let broken: Broken | null = null;
  return {
    async add(chunk) {
      const { count } = chunk;
      const weights = chunkWeights(basis, lags, chunk);
      const block = gathered.values.subarray(lags * stride, (lags + count) * stride);
      const isFound = broken !== null;
      for (const [i, range] of ranges.entries()) {
        recallLast(gathered, range, sums);
        gather(chunk, range, gathered, { sums, censored });
        if (!isFound) broken = earlier(broken, findBroken(gathered, chunk, range, sums.squares));
        noteEnds(gathered, chunk, range, sums);
        await products.add(i, { count, weights, block });
      }
    },
    finish: async () => ({ sums: products.sums, broken }),
    release: () => products.release(),
  };
}
