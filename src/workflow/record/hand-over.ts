import { makeBell } from './bell.js';
import type { Arrival, RowQueue } from './row-queue.js';

/** Hands rows on as they come, uncopied: the scanner waits while a row is used. */
export function makeHandOver(): RowQueue {
  const bell = makeBell();
  let current: Arrival | null = null;
  let ended = false;
  let failure: unknown;
  let cancelled = false;
  return {
    async push(index, row) {
      const own = { index, row };
      current = own;
      bell.ring();
      while (current === own && !cancelled) await bell.wait();
      if (cancelled) throw new Error('the rows are not wanted any more');
    },
    end(error) {
      ended = true;
      failure = error;
      bell.ring();
    },
    cancel() {
      cancelled = true;
      bell.ring();
    },
    async *rows() {
      for (;;) {
        if (failure !== undefined) throw failure;
        if (current) {
          yield current;
          current = null;
          bell.ring();
        } else if (ended) return;
        else await bell.wait();
      }
    },
  };
}
