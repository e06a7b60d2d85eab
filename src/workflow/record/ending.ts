import { makeBell } from './bell.js';

/** A bell for the two sides of a flow of rows, and how the flow ends for both. */
export function makeEnding() {
  const bell = makeBell();
  let ended = false;
  let failure: unknown;
  let cancelled = false;
  return {
    bell,
    /** No more rows come; with an error, they failed. */
    end(error?: unknown) {
      ended = true;
      failure = error;
      bell.ring();
    },
    /** Nobody takes rows any more. */
    cancel() {
      cancelled = true;
      bell.ring();
    },
    isCancelled: () => cancelled,
    /** @throws Error where nobody takes rows any more */
    requireWanted() {
      if (cancelled) throw new Error('the rows are not wanted any more');
    },
    /** Whether no more rows come. @throws the error that they ended with */
    hasEnded() {
      if (failure !== undefined) throw failure;
      return ended;
    },
  };
}
