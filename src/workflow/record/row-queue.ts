import { makeEnding } from './ending.js';
import { openScratch } from './scratch.js';

/** A volume's row on its way. */
export interface Arrival {
  /** Index of the volume in its run. */
  readonly index: number;
  readonly row: Float32Array; // [units]
}

/** Rows on their way from the scanner, which makes them in its own order, to who wants them in another. */
export interface RowQueue {
  /** Takes a row; resolves when the next may come and overwrite it. Each index comes once. */
  push(index: number, row: Float32Array): Promise<void>;
  /** No more rows come; with an error, those that wait are dropped and `rows` throws it. */
  end(error?: unknown): void;
  /** Nobody takes rows any more: `push` throws. */
  cancel(): void;
  /** Each row is overwritten when the next is asked for. */
  rows(): AsyncGenerator<Arrival>;
}

/** Where a row waits: in memory or in a slot of the scratch file. */
type Waiting = Float32Array | { readonly slot: number };

/**
 * Hands rows on by their index, from 0. At most `memory` bytes of rows are held: where rows that can be
 * taken fill it, the scanner waits; where rows before their turn do, more of those go to a scratch
 * file, which nobody else sees.
 */
export function makeRowQueue(options: {
  readonly units: number;
  readonly memory: number;
  /** Path for the scratch file, in a folder that is there. */
  readonly scratch: string;
}): RowQueue {
  const { units, memory } = options;
  const capacity = Math.max(2, Math.floor(memory / (4 * units)));
  const file = openScratch(options.scratch, units);
  const waiting = new Map<number, Waiting>(); // by index
  const spare: Float32Array[] = []; // [units]
  const { bell, end, cancel, ...ending } = makeEnding();
  let inMemory = 0;
  let next = 0;

  const hold = (row: Float32Array) => {
    const copy = spare.pop() ?? new Float32Array(units);
    copy.set(row);
    inMemory++;
    return copy;
  };
  return {
    end,
    cancel,
    async push(index, row) {
      while (!ending.isCancelled() && inMemory >= capacity && waiting.has(next)) await bell.wait();
      ending.requireWanted();
      const hasRoom = inMemory < capacity || index === next;
      waiting.set(index, hasRoom ? hold(row) : { slot: await file.put(row) });
      bell.ring();
    },
    async *rows() {
      const fromFile = new Float32Array(units);
      try {
        for (;;) {
          const hasEnded = ending.hasEnded();
          const own = waiting.get(next);
          if (!own && hasEnded) return;
          if (!own) {
            await bell.wait();
            continue;
          }
          if ('slot' in own) await file.take(own.slot, fromFile);
          yield { index: next, row: 'slot' in own ? fromFile : own };
          waiting.delete(next++);
          if (!('slot' in own)) {
            spare.push(own);
            inMemory--;
          }
          bell.ring();
        }
      } finally {
        await file.close();
      }
    },
  };
}
