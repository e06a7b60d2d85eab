import { isPossible, type KernelMemory, makeMemory, type Need } from './memory.js';

/** Arrays that kernels work on together, of one kind. */
export interface SetKind<Own> {
  needs(count: number): Need[];
  /** Takes sets of a memory, each time another. */
  in(memory: KernelMemory): () => Own;
}

/**
 * Gives sets, each time another: as many as `count` of a memory that has room for them, then of memories of
 * their own, which are taken for one, for two more, for four, ...
 */
export function makeSets<Own>(kind: SetKind<Own>, memory: KernelMemory, count: number): () => Own {
  let [next, left] = [kind.in(memory), count];
  let more = 1;
  return () => {
    if (left === 0) {
      while (more > 1 && !isPossible(kind.needs(more))) more /= 2;
      [next, left] = [kind.in(makeMemory(kind.needs(more))), more];
      more *= 2;
    }
    left--;
    return next();
  };
}
