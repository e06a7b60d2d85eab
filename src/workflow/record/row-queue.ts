import type { Row, Stretch } from '../../core/series.js';
import { makeEnding } from './ending.js';
import { openScratch } from './scratch.js';

/** A volume's row in its turn. */
export interface RowInTurn {
  /** Index of the volume in its run. */
  readonly index: number;
  readonly row: Float32Array; // [units]
}

/**
 * Volumes on their way from the scanner, which makes them in its own order, to who takes them as they
 * come (Stretch) or in theirs (RowInTurn).
 */
export interface RowQueue<Taken = RowInTurn> {
  /** Takes volumes; resolves when they are not needed any more. Each index comes once. */
  push(volumes: readonly Stretch[]): Promise<void>;
  /** No more rows come; with an error, those that wait are dropped and `rows` throws it. */
  end(error?: unknown): void;
  /** Nobody takes rows any more: `push` throws. */
  cancel(): void;
  /** Each is gone when the next is asked for. */
  rows(): AsyncGenerator<Taken>;
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
  let stage: Float32Array | null = null; // [units]
  let inMemory = 0;
  let next = 0;

  const hold = (values: Row) => {
    const row = spare.pop() ?? new Float32Array(units);
    row.set(values);
    inMemory++;
    return row;
  };
  /** A row on its way to the file. */
  const staged = (values: Row) => {
    stage ??= new Float32Array(units);
    stage.set(values);
    return stage;
  };
  return {
    end,
    cancel,
    async push(stretches) {
      const coming = stretches.flatMap(({ first, rows }) =>
        rows.map((values, v) => ({ index: first + v, values })),
      );
      for (const { index, values } of coming) {
        const isFull = () => inMemory >= capacity && waiting.has(next);
        while (!ending.isCancelled() && isFull()) await bell.wait();
        ending.requireWanted();
        const hasRoom = inMemory < capacity || index === next;
        waiting.set(index, hasRoom ? hold(values) : { slot: await file.put(staged(values)) });
        bell.ring();
      }
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
