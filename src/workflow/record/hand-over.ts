import { makeEnding } from './ending.js';
import type { Arrival, RowQueue } from './row-queue.js';

/** Hands rows on as they come, uncopied: the scanner waits while a row is used. */
export function makeHandOver(): RowQueue {
  const { bell, end, cancel, ...ending } = makeEnding();
  let current: Arrival | null = null;
  return {
    end,
    cancel,
    async push(index, row) {
      const own = { index, row };
      current = own;
      bell.ring();
      while (current === own && !ending.isCancelled()) await bell.wait();
      ending.requireWanted();
    },
    async *rows() {
      for (;;) {
        const hasEnded = ending.hasEnded();
        if (current) {
          yield current;
          current = null;
          bell.ring();
        } else if (hasEnded) return;
        else await bell.wait();
      }
    },
  };
}
