import type { Stretch } from '../../core/series.js';
import { makeEnding } from './ending.js';
import type { RowQueue } from './row-queue.js';

/** Hands volumes on as they come, uncopied: the scanner waits until they have been used. */
export function makeHandOver(): RowQueue<readonly Stretch[]> {
  const { bell, end, cancel, ...ending } = makeEnding();
  let current: readonly Stretch[] | null = null;
  return {
    end,
    cancel,
    async push(volumes) {
      current = volumes;
      bell.ring();
      while (current === volumes && !ending.isCancelled()) await bell.wait();
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
