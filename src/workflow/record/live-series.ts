import type { Arrivals, Block, Series, Stretch, VolumeMemory } from '../../core/series.js';
import { makeHandOver } from './hand-over.js';
import { makeRowQueue, type RowQueue } from './row-queue.js';

/** Takes volumes of the run; resolves when they are not needed any more and there is room for others. */
export type OnStretches = (volumes: readonly Stretch[]) => Promise<void>;

/** Bytes of rows that may wait for their turn in memory. */
const MEMORY = 128 << 20;

/**
 * Bytes of rows that are shown together where they are added up as they come: more are fewer reads and writes
 * of the sums, but of outputs that have left the processor's cache.
 */
const ROOM = 48 << 20;

/**
 * A run as a series while it is recorded: reading it is recording it, and it can be read once, either
 * in the order of its volumes or as they come. Either way ends when the recording is whole; its errors
 * pass on, and where reading stops early the recording is given up.
 */
export function liveSeries(options: {
  readonly volumes: number;
  readonly units: number;
  /** Prompts, at most, whose volumes come side by side. */
  readonly abreast: number;
  /** Path for rows that are before their turn, where they do not fit into memory. */
  readonly scratch: string;
  readonly memory?: number;
  /** Records the run, showing every volume: as many together as the memory has room for. */
  record(onStretches: OnStretches, memory: VolumeMemory): Promise<void>;
}): { readonly series: Series; readonly arriving: Arrivals } {
  const { volumes, units, abreast, scratch, memory = MEMORY } = options;
  let isRead = false;
  async function* recorded<Taken>(
    queue: RowQueue<Taken>,
    into: VolumeMemory,
  ): AsyncGenerator<Taken> {
    if (isRead) throw new Error('a run that is being recorded can be read once only');
    isRead = true;
    const ended = options.record(queue.push, into).then(
      () => queue.end(),
      (error: unknown) => queue.end(error),
    );
    try {
      yield* queue.rows();
    } finally {
      queue.cancel();
      await ended;
    }
  }
  async function* blocks(): AsyncGenerator<Block> {
    const queue = makeRowQueue({ units, memory, scratch });
    for await (const { index, row } of recorded(queue, new Float32Array(0)))
      yield { first: index, volumes: 1, values: row };
  }
  const stretches = (into: VolumeMemory) => recorded(makeHandOver(), into);
  const together = Math.min(ROOM / 4, volumes * units);
  return {
    series: { volumes, units, blocks },
    arriving: { volumes, units, abreast, together, stretches },
  };
}
