import type { Contrast, DesignMatrix } from '../../../core/design.js';
import { permutationTest } from '../../../glm/group/permutation.js';
import { seriesOfMaps } from '../../../glm/group/second-level.js';
import type { Permutations } from '../model/request.js';
import type { Permuted } from './permuted.js';

/** A run's prompt means, held, with the design over prompts. */
export interface HeldRun {
  readonly rows: readonly Float64Array[]; // [prompts][units]
  readonly design: DesignMatrix;
  /** Columns that events make. */
  readonly ofEvents: readonly string[];
  /** The run's own contrasts. */
  readonly contrasts: readonly Contrast[];
  /** Units from which no statistic can be made. */
  readonly masked: Int32Array;
}

/** Columns of events are all runs' together; constants, drifts and confounds each run's own. */
const nameIn = ({ ofEvents }: HeldRun, run: number, name: string) =>
  ofEvents.includes(name) ? name : `${run + 1} ${name}`;

function stacked(runs: readonly HeldRun[]): DesignMatrix {
  const own = runs.map((run, r) => run.design.names.map((name) => nameIn(run, r, name)));
  const names = [...new Set(own.flat())];
  const rows = runs.reduce((sum, { design }) => sum + design.rows, 0);
  const values = new Float64Array(rows * names.length); // [prompts of all runs, joined columns]
  let top = 0;
  runs.forEach(({ design }, r) => {
    own[r].forEach((name, j) => {
      const to = names.indexOf(name);
      for (let row = 0; row < design.rows; row++)
        values[(top + row) * names.length + to] = design.values[row * own[r].length + j];
    });
    top += design.rows;
  });
  return { names, rows, values };
}

/** A contrast of the joined columns: of a run's own columns, the mean over runs. */
function joinedContrast(runs: readonly HeldRun[], name: string): Contrast {
  const weights = new Map<string, number>();
  runs.forEach((run, r) => {
    const own = run.contrasts.find((contrast) => contrast.name === name);
    for (const [column, weight] of own?.weights ?? []) {
      const joined = nameIn(run, r, column);
      weights.set(joined, run.ofEvents.includes(column) ? weight : weight / runs.length);
    }
  });
  return { name, weights };
}

/**
 * Relabels prompts within their run. All runs are one least-squares model, in which conditions have one
 * effect, constants, drifts and confounds one a run, and the noise one variance; of a single run its t
 * is the contrast's own. Units that any run masked have t 0 and p 1.
 * @throws DesignError, DataError as permutationTest
 */
export async function permutePrompts(
  runs: readonly HeldRun[],
  name: string,
  { count, seed }: Permutations,
): Promise<Permuted> {
  const masked = new Set(runs.flatMap((run) => [...run.masked]));
  const maps = runs.flatMap(({ rows }) => rows.map((row) => without(row, masked)));
  const blockOf = runs.flatMap(({ rows }, r) => rows.map(() => r));
  const found = await permutationTest({
    series: seriesOfMaps(maps),
    design: stacked(runs),
    contrast: joinedContrast(runs, name),
    scheme: 'shuffles',
    exchangeability: { kind: 'within-blocks', blockOf },
    permutations: count,
    seed,
  });
  return { ...found, seed, scheme: 'shuffles', exchanged: 'prompts within their run' };
}

/** The same row with 0 in these units. */
function without(row: Float64Array, masked: ReadonlySet<number>): Float64Array {
  if (masked.size === 0) return row;
  const kept = row.slice(); // [units]
  for (const unit of masked) kept[unit] = 0;
  return kept;
}
