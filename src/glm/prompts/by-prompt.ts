import type { Arrivals, Row, Series, Stretch } from '../../core/series.js';
import { isPossible, type KernelMemory, makeMemory, type Need } from '../../math/wasm/memory.js';
import { inTurn, type OnUnits } from '../../math/wasm/row-kernel.js';
import { makeSets, type SetKind } from '../../math/wasm/sets.js';
import type { PromptGroups } from './prompts.js';

/** Which volumes are a prompt's next. */
export interface GatheringAt {
  /** Index of the first in the series. */
  readonly first: number;
  /** Volumes of the prompt before. */
  readonly seen: number;
  readonly isWhole: boolean;
}

/** What is made of the volumes of one prompt. */
export interface Gathering<Own> {
  /** Is shown the run's first volume that is in a prompt, before all else. */
  begin?(volume: Row): void;
  /** What a prompt's volumes are put into; an earlier prompt's, done with, may be used again. */
  start(spare: Own | undefined): Own;
  /** What takes the prompt's next volumes. */
  add(
    own: Own,
    rows: readonly Row[], // [volumes][units of the series]
    at: GatheringAt,
  ): OnUnits;
}

/** Prompts all of whose volumes have come. */
export interface WholePrompts<Own> {
  /** Index of the first. */
  readonly first: number;
  readonly owns: readonly Own[];
}

/** Volumes that have come, and what is whole with them; there until the next are asked for. */
export interface Gathered<Own> {
  /** Puts some units of the volumes where they belong: wanted for every unit, and once. */
  readonly add: OnUnits;
  /** Where all units are put, or, of those that are. */
  readonly whole: readonly WholePrompts<Own>[];
}

/** The memory that a source's volumes come in, where they are on their way. */
const together = (source: Series | Arrivals) => ('together' in source ? source.together : 0);

/**
 * A memory with room for the volumes of a source on their way, for the sets that its prompts are gathered in
 * where those side by side are neighbours, and for other arrays; and what gives the sets.
 */
export function memoryFor<Own>(
  kind: SetKind<Own>,
  source: Series | Arrivals,
  options: {
    readonly groups: PromptGroups;
    readonly atOnce?: number;
    readonly others?: readonly Need[];
  },
): { readonly memory: KernelMemory; readonly fresh: () => Own } {
  const { groups, atOnce = 1, others = [] } = options;
  const abreast = 'abreast' in source ? source.abreast : 1;
  const volumes: Need = { type: 'float32', length: together(source), count: 1 };
  const needs = (sets: number) => [volumes, ...others, ...kind.needs(sets)];
  let count = Math.min(groups.prompts.length, abreast + atOnce - 1);
  while (count > 1 && !isPossible(needs(count))) count--;
  const memory = makeMemory(needs(count));
  return { memory, fresh: makeSets(kind, memory, count) };
}

/** Volumes of one prompt, as they come. */
interface OfPrompt extends Stretch {
  readonly prompt: number;
}

/** A stretch's volumes that are in prompts. */
function cut({ first, rows }: Stretch, { promptOf }: PromptGroups): OfPrompt[] {
  const found: OfPrompt[] = [];
  for (let from = 0, to = 0; from < rows.length; from = to) {
    const prompt = promptOf[first + from];
    while (to < rows.length && promptOf[first + to] === prompt) to++;
    if (prompt >= 0) found.push({ prompt, first: first + from, rows: rows.slice(from, to) });
  }
  return found;
}

/** Volumes that are there together: those of a series one prompt's after the other's. */
async function* comingFrom(
  source: Series | Arrivals,
  groups: PromptGroups,
  memory: KernelMemory,
): AsyncGenerator<OfPrompt[]> {
  if ('stretches' in source) {
    for await (const stretches of source.stretches(memory.float32(together(source))))
      yield stretches.flatMap((own) => cut(own, groups));
    return;
  }
  const { units } = source;
  for await (const { first, volumes, values } of source.blocks()) {
    const row = (v: number) => values.subarray(v * units, (v + 1) * units);
    const rows = Array.from({ length: volumes }, (_, v) => row(v));
    for (const own of cut({ first, rows }, groups)) yield [own];
  }
}

/**
 * Gathers a series by prompt and gives the prompts in their order; volumes in no prompt are left out.
 * Read once, with what is gathered of the prompts now open in memory: one, unless a prompt comes back
 * later in the run. Volumes of different prompts may come in any order, each prompt's own in theirs: prompts
 * that are whole wait for those before them. What `begin`s with the first volume needs it first.
 * @param options.memory from memoryFor
 * @param options.atOnce prompts that are given at once, of which the last may be fewer; default 1
 */
export async function* gatherByPrompt<Own>(
  source: Series | Arrivals,
  groups: PromptGroups,
  { begin, start, add }: Gathering<Own>,
  options: { readonly memory: KernelMemory; readonly atOnce?: number },
): AsyncGenerator<Gathered<Own>> {
  const { memory, atOnce = 1 } = options;
  const { prompts, promptOf, counts } = groups;
  const open = new Map<number, { readonly own: Own; seen: number }>();
  const waiting = new Map<number, Own>(); // whole ones, by prompt
  const spare: Own[] = [];
  let next = 0;
  const firstOfAll = promptOf.findIndex((prompt) => prompt >= 0);
  let hasBegun = false;

  const take = ({ prompt, first, rows }: OfPrompt): OnUnits => {
    if (begin && !hasBegun) {
      if (first !== firstOfAll) throw new Error(`volume ${first} came first`);
      begin(rows[0]);
    }
    hasBegun = true;
    const now = open.get(prompt) ?? { own: start(spare.pop()), seen: 0 };
    const { own, seen } = now;
    now.seen += rows.length;
    const isWhole = now.seen === counts[prompt];
    if (isWhole) {
      open.delete(prompt);
      waiting.set(prompt, own);
    } else open.set(prompt, now);
    return add(own, rows, { first, seen, isWhole });
  };
  /** The next prompts, where they are whole. */
  const ready = (): Own[] => {
    const count = Math.min(atOnce, prompts.length - next);
    const numbers = Array.from({ length: count }, (_, i) => next + i);
    if (!numbers.every((prompt) => waiting.has(prompt))) return [];
    next += count;
    return numbers.map((prompt) => {
      const own = waiting.get(prompt)!;
      waiting.delete(prompt);
      return own;
    });
  };

  for await (const coming of comingFrom(source, groups, memory)) {
    const adding = coming.map(take);
    const whole: WholePrompts<Own>[] = [];
    for (let first = next, owns = ready(); owns.length > 0; first = next, owns = ready())
      whole.push({ first, owns });
    yield {
      add: inTurn(adding),
      whole,
    };
    for (const { owns } of whole) spare.push(...owns);
  }
  if (next !== prompts.length) throw new Error(`${prompts.length} prompts gave ${next}`);
}
