import type { Arrivals, Row, Series, Stretch } from '../../core/series.js';
import type { PromptGroups } from './prompts.js';

/** What is made of the volumes of one prompt. */
export interface Gathering<Own> {
  /** Is shown the run's first volume that is in a prompt, before all else. */
  begin?(volume: Row): void;
  /** What a prompt's first volumes are put into; an earlier prompt's, done with, may be used again. */
  start(spare: Own | undefined): Own;
  /** Takes the prompt's next volumes. */
  add(
    own: Own,
    rows: readonly Row[],
    at: { readonly seen: number; readonly isWhole: boolean },
  ): void;
}

/** Prompts all of whose volumes have come. */
export interface WholePrompts<Own> {
  /** Index of the first. */
  readonly first: number;
  /** There until the next prompts are asked for. */
  readonly owns: readonly Own[];
}

/** A series' blocks as stretches. */
async function* stretchesOf(source: Series | Arrivals): AsyncGenerator<Stretch> {
  if ('stretches' in source) return yield* source.stretches();
  const { units } = source;
  for await (const { first, volumes, values } of source.blocks()) {
    const row = (v: number) => values.subarray(v * units, (v + 1) * units);
    yield { first, rows: Array.from({ length: volumes }, (_, v) => row(v)) };
  }
}

/**
 * Gathers a series by prompt and gives the prompts in their order; volumes in no prompt are left out.
 * Read once, with what is gathered of the prompts now open in memory: one, unless a prompt comes back
 * later in the run. Volumes of different prompts may come in any order, each prompt's own in theirs: prompts
 * that are whole wait for those before them. What `begin`s with the first volume needs it first.
 * @param together prompts that are given at once, of which the last may be fewer
 */
export async function* gatherByPrompt<Own>(
  source: Series | Arrivals,
  { prompts, promptOf, counts }: PromptGroups,
  { begin, start, add }: Gathering<Own>,
  together = 1,
): AsyncGenerator<WholePrompts<Own>> {
  const open = new Map<number, { readonly own: Own; seen: number }>();
  const whole = new Map<number, Own>();
  const spare: Own[] = [];
  let next = 0;
  const ready = (): Own[] => {
    const count = Math.min(together, prompts.length - next);
    const numbers = Array.from({ length: count }, (_, i) => next + i);
    return numbers.every((prompt) => whole.has(prompt)) ? numbers.map((p) => whole.get(p)!) : [];
  };
  const firstOfAll = promptOf.findIndex((prompt) => prompt >= 0);
  let hasBegun = false;
  for await (const { first, rows } of stretchesOf(source)) {
    for (let from = 0, to = 0; from < rows.length; from = to) {
      const prompt = promptOf[first + from];
      while (to < rows.length && promptOf[first + to] === prompt) to++;
      if (prompt < 0) continue;
      if (begin && !hasBegun) {
        if (first + from !== firstOfAll) throw new Error(`volume ${first + from} came first`);
        begin(rows[from]);
        hasBegun = true;
      }
      const now = open.get(prompt) ?? { own: start(spare.pop()), seen: 0 };
      open.set(prompt, now);
      const isWhole = now.seen + to - from === counts[prompt];
      add(now.own, rows.slice(from, to), { seen: now.seen, isWhole });
      now.seen += to - from;
      if (!isWhole) continue;
      open.delete(prompt);
      whole.set(prompt, now.own);
    }
    for (let owns = ready(); owns.length > 0; owns = ready()) {
      yield { first: next, owns };
      for (const own of owns) {
        whole.delete(next++);
        spare.push(own);
      }
    }
  }
  if (next !== prompts.length) throw new Error(`${prompts.length} prompts gave ${next}`);
}
