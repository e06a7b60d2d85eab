/**
 * Waits until all are done, those beside one that fails too, so that nothing is still at work when the
 * first failure is thrown.
 */
export async function allDone(works: Iterable<Promise<unknown>>): Promise<void> {
  for (const outcome of await Promise.allSettled(works))
    if (outcome.status === 'rejected') throw outcome.reason;
}
