import { inverse, Matrix } from 'ml-matrix';
import { DataError, DesignError } from '../../../core/errors.js';
import { orthonormalBasis } from '../../design/basis.js';
import type { PromptSums, Shift } from './prompt-sums.js';

export interface JoinOptions {
  /** Columns that mean the same in every run, and get one effect over all: the conditions. */
  readonly shared: readonly string[];
  /**
   * Whether a prompt of one name in two runs is one prompt, with one level, or a prompt a run. Where
   * prompts do come back, taking them for different ones calls too many units active.
   */
  readonly samePrompt: 'by-name' | 'never';
}

function checkRuns(runs: readonly PromptSums[], shared: readonly string[]): void {
  const units = [...new Set(runs.map((run) => run.units))];
  if (units.length !== 1) {
    throw new DataError('runs', {
      given: `runs over ${units.join(', ') || 'no'} units`,
      expected: 'one or more runs over the same units',
      todo: 'Join only runs of one subject with the same mask.',
    });
  }
  const known = new Set(runs.flatMap((run) => run.names));
  const unknown = shared.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new DesignError('unknown-column', {
      given: `no column ${unknown.join(', ')} in any run's design`,
      expected: `some of ${[...known].join(', ')}`,
      todo: 'Name the columns that the runs share.',
    });
  }
  for (const { names, shifts } of runs) {
    const weights = shifts.flatMap(({ constant }) =>
      names.map((name, j) => ({ name, w: constant[j] })),
    );
    if (!weights.some(({ name, w }) => shared.includes(name) && Math.abs(w) > 1e-9)) continue;
    throw new DesignError('shared-constant', {
      given: `shared columns that make up a run's constant: ${shared.join(', ')}`,
      expected: 'a constant of its own for every run',
      todo: 'Leave one condition out as the baseline, or do not share the constant.',
    });
  }
}

/** A run's columns as they are called in the joined design. */
const namesIn = ({ names }: PromptSums, run: number, shared: readonly string[]) =>
  names.map((name) => (shared.includes(name) ? name : `run-${run + 1} ${name}`));

/** Each run's R, its columns at their places in the joined design: X = Q (these), Q block-diagonal. */
function stackedR(runs: readonly PromptSums[], own: readonly string[][], names: readonly string[]) {
  const rows = runs.flatMap((run, r) => {
    const p = run.names.length;
    const triangle = inverse(Matrix.from1DArray(p, p, run.inverseR));
    return Array.from({ length: p }, (_, i) => {
      const row = new Float64Array(names.length);
      own[r].forEach((name, j) => {
        row[names.indexOf(name)] = triangle.get(i, j);
      });
      return row;
    });
  });
  const values = new Float64Array(rows.length * names.length); // [sum of columns, joined columns]
  rows.forEach((row, i) => {
    values.set(row, i * names.length);
  });
  return { names, rows: rows.length, values };
}

/** Adds weight times a row of one matrix to a row of another. */
function addRow(
  into: Float64Array,
  to: number,
  from: Float64Array,
  start: number,
  options: { readonly length: number; readonly weight: number },
): void {
  const { length, weight } = options;
  for (let u = 0; u < length; u++) into[to + u] += weight * from[start + u];
}

/**
 * Several runs as one: shared columns have one effect, all others (constant, drifts, confounds) one a
 * run, called `run-1 constant` and so on; prompts lie within runs. Exact: with X_r = Q_r R_r, the joined
 * design is block-diag(Q_r) times the stacked R_r, whose QR rotates the runs' sums.
 * @throws DataError `runs`. @throws DesignError `unknown-column`, `shared-constant`, `rank-deficient`.
 */
export function joinRuns(runs: readonly PromptSums[], options: JoinOptions): PromptSums {
  const { shared, samePrompt } = options;
  checkRuns(runs, shared);
  const { units } = runs[0];
  const own = runs.map((run, r) => namesIn(run, r, shared));
  const names = [...new Set(own.flat())].sort(
    (a, b) => Number(shared.includes(b)) - Number(shared.includes(a)),
  );
  const basis = orthonormalBasis(stackedR(runs, own, names));
  const p = names.length;
  const keyOf = (run: number, name: string) => (samePrompt === 'by-name' ? name : `${run} ${name}`);
  const keys = [...new Set(runs.flatMap((run, r) => run.prompts.map((name) => keyOf(r, name))))];
  const indexOf = new Map(keys.map((key, g) => [key, g]));

  const prompts = new Array<string>(keys.length);
  const counts = new Int32Array(keys.length);
  const designSums = new Float64Array(keys.length * p); // [prompts, joined columns]
  const columnSums = new Float64Array(p * units); // [joined columns, units]
  const dataSums = new Float64Array(keys.length * units); // [prompts, units]
  const squares = new Float64Array(units);
  const shifts: Shift[] = [];
  let top = 0;
  runs.forEach((run, r) => {
    const q = run.names.length;
    const rotation = basis.q.subarray(top * p, (top + q) * p); // [columns, joined columns]
    top += q;
    for (let i = 0; i < q; i++) {
      for (let j = 0; j < p; j++) {
        const weight = rotation[i * p + j];
        addRow(columnSums, j * units, run.columnSums, i * units, { length: units, weight });
      }
    }
    run.prompts.forEach((name, h) => {
      const g = indexOf.get(keyOf(r, name))!;
      prompts[g] = samePrompt === 'by-name' ? name : `run-${r + 1} ${name}`;
      counts[g] += run.counts[h];
      addRow(dataSums, g * units, run.dataSums, h * units, { length: units, weight: 1 });
      for (let i = 0; i < q; i++) {
        const weight = run.designSums[h * q + i];
        addRow(designSums, g * p, rotation, i * p, { length: p, weight });
      }
    });
    addRow(squares, 0, run.squares, 0, { length: units, weight: 1 });
    for (const { values, constant } of run.shifts) {
      const joined = new Float64Array(p);
      own[r].forEach((name, j) => {
        joined[names.indexOf(name)] = constant[j];
      });
      shifts.push({ values, constant: joined });
    }
  });
  const rows = runs.reduce((sum, run) => sum + run.rows, 0);
  const { inverseR } = basis;
  return {
    names,
    rows,
    units,
    prompts,
    counts,
    inverseR,
    designSums,
    columnSums,
    dataSums,
    squares,
    shifts,
  };
}
