import { DataError } from '../../core/errors.js';
import { frameTimesOf } from '../../glm/design/frame-times.js';
import { groupByPrompt } from '../../glm/prompts/prompts.js';
import { independentColumns } from '../../math/independent.js';
import { makeRandom } from '../../math/random.js';
import type { RunInput } from '../glm/inputs/run-input.js';

/** A prompt without a condition: to be labelled at random. */
export interface PoolPrompt {
  readonly tokens: number;
  readonly values: Float32Array; // [tokens, units]
  readonly confounds: ReadonlyMap<string, Float64Array>; // [tokens] each
}

/** Prompts of one condition from all runs, at some units. */
export interface Pool {
  readonly units: number;
  readonly repetitionTime: number;
  readonly prompts: readonly PoolPrompt[];
  /** Confounds that all runs have and that do not follow from each other. */
  readonly confounds: readonly string[];
  /** The same of their means over prompts: what prompts as the sample can be corrected for. */
  readonly betweenPrompts: readonly string[];
  /** Consecutive prompts of one condition in the recordings: the blocks' usual length. */
  readonly blockLength: number;
  /** Prompts in a run, in the middle of all runs. */
  readonly perRun: number;
}

/** A few volumes of no prompt may surround a prompt's own; moments inside prompts are safe. */
const MIDDLE = 0.5;

/**
 * Collects the prompts of one condition, which do not differ by any label.
 * @throws DataError `data/too-few-prompts`
 */
export async function collectPool(
  inputs: readonly RunInput[],
  options: { readonly condition: string; readonly units: number; readonly seed: number },
): Promise<Pool> {
  const { condition } = options;
  const total = inputs[0].series.units;
  const chosen = chooseUnits(total, options.units, options.seed);
  const lists = await Promise.all(inputs.map((input) => input.confoundNames()));
  const shared = lists[0].filter((name) => lists.every((own) => own.includes(name)));
  const names = await finiteIn(inputs, shared);
  const prompts: PoolPrompt[] = [];
  for (const input of inputs)
    prompts.push(...(await promptsOf(input, { condition, chosen, names })));
  const events = inputs.map((input) => input.events);
  const perRun = median(events.map((own) => own.length));
  const needed = 8;
  if (prompts.length < needed) {
    throw new DataError('too-few-prompts', {
      given: `${prompts.length} prompts of the condition '${condition}'`,
      expected: `${needed} or more, to be labelled at random`,
      todo: 'Name a condition with more prompts with --condition, or record more.',
    });
  }
  return {
    units: chosen.length,
    repetitionTime: inputs[0].repetitionTime,
    prompts,
    confounds: telling(names, prompts, each),
    betweenPrompts: telling(names, prompts, meanOf),
    blockLength: median(
      events.flatMap((own) => blockLengths(own.map(({ trialType }) => trialType))),
    ),
    perRun: Math.min(perRun, prompts.length),
  };
}

/** All units, or as many random ones as wanted, in order. */
function chooseUnits(total: number, wanted: number, seed: number): Int32Array {
  const all = Array.from({ length: total }, (_, u) => u);
  if (total <= wanted) return Int32Array.from(all);
  return Int32Array.from(makeRandom(seed).shuffle(all).slice(0, wanted)).sort();
}

async function promptsOf(
  input: RunInput,
  what: {
    readonly condition: string;
    readonly chosen: Int32Array;
    readonly names: readonly string[];
  },
): Promise<PoolPrompt[]> {
  const { series, events, repetitionTime } = input;
  const { condition, chosen, names } = what;
  const frameTimes = frameTimesOf({
    volumes: series.volumes,
    repetitionTime,
    sliceTimeRef: MIDDLE,
  });
  const groups = groupByPrompt({ events, frameTimes });
  const wanted = new Set(
    events.filter(({ trialType }) => trialType === condition).map(({ prompt }) => prompt),
  );
  const confounds = await input.confounds(names);
  const own = new Map<number, { rows: Float32Array[]; volumes: number[] }>();
  for await (const { first, volumes, values } of series.blocks()) {
    for (let v = 0; v < volumes; v++) {
      const p = groups.promptOf[first + v];
      if (p < 0 || !wanted.has(groups.prompts[p])) continue;
      const kept = own.get(p) ?? { rows: [], volumes: [] };
      own.set(p, kept);
      kept.rows.push(Float32Array.from(chosen, (u) => values[v * series.units + u]));
      kept.volumes.push(first + v);
    }
  }
  return [...own.values()].map(({ rows, volumes }): PoolPrompt => {
    const values = new Float32Array(rows.length * chosen.length);
    for (const [k, row] of rows.entries()) values.set(row, k * chosen.length);
    const of = (column: ArrayLike<number>) => Float64Array.from(volumes, (v) => column[v]);
    return {
      tokens: rows.length,
      values,
      confounds: new Map(confounds.map(({ name, values: column }) => [name, of(column)])),
    };
  });
}

/** Confounds without gaps: those can be modelled. */
async function finiteIn(inputs: readonly RunInput[], names: readonly string[]): Promise<string[]> {
  const tables = await Promise.all(inputs.map((input) => input.confounds(names)));
  return names.filter((_, c) =>
    tables.every((own) => Array.from(own[c].values).every(Number.isFinite)),
  );
}

/** Those that say something of their own, looked at in every volume or as means over each prompt. */
function telling(
  names: readonly string[],
  prompts: readonly PoolPrompt[],
  of: (column: Float64Array) => readonly number[],
): string[] {
  const columns = names.map((name) => prompts.flatMap((own) => of(own.confounds.get(name)!)));
  return independentColumns(columns).map((c) => names[c]);
}

const each = (column: Float64Array) => [...column];
const meanOf = (column: Float64Array) => [
  column.reduce((sum, value) => sum + value, 0) / column.length,
];

/** Lengths of runs of equal labels. */
function blockLengths(labels: readonly string[]): number[] {
  const lengths: number[] = [];
  for (const [i, label] of labels.entries()) {
    if (label === labels[i - 1]) lengths[lengths.length - 1]++;
    else lengths.push(1);
  }
  return lengths;
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
