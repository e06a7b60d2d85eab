import type { Block, Series } from '../../core/series.js';
import { makeHandOver } from './hand-over.js';
import { makeRowQueue, type RowQueue } from './row-queue.js';

/** Takes a volume's row, which the next overwrites; resolves when there is room for more. */
export type OnRow = (index: number, row: Float32Array) => Promise<void>;

/** Bytes of rows that may wait for their turn in memory. */
const MEMORY = 128 << 20;

/**
 * A run as a series while it is recorded: reading it is recording it, and it can be read once, either
 * in the order of its volumes or as they come. Either way ends when the recording is whole; its errors
 * pass on, and where reading stops early the recording is given up.
 */
export function liveSeries(options: {
  readonly volumes: number;
  readonly units: number;
  /** Path for rows that are before their turn, where they do not fit into memory. */
  readonly scratch: string;
  readonly memory?: number;
  /** Records the run, showing every row. */
  record(onRow: OnRow): Promise<void>;
}): { readonly series: Series; readonly arriving: Series } {
  const { volumes, units, scratch, memory = MEMORY } = options;
  let isRead = false;
  async function* blocks(queue: RowQueue): AsyncGenerator<Block> {
    if (isRead) throw new Error('a run that is being recorded can be read once only');
    isRead = true;
    const recorded = options.record(queue.push).then(
      () => queue.end(),
      (error: unknown) => queue.end(error),
    );
    try {
      for await (const { index, row } of queue.rows())
        yield { first: index, volumes: 1, values: row };
    } finally {
      queue.cancel();
      await recorded;
    }
  }
  return {
    series: { volumes, units, blocks: () => blocks(makeRowQueue({ units, memory, scratch })) },
    arriving: { volumes, units, blocks: () => blocks(makeHandOver()) },
  };
}
