import type { Contrast } from '../core/design.js';
import type { HandoffRun } from '../core/handoff.js';

/** A contrast as a row of weights, one a name; columns it does not name weigh 0. */
export const weightsOver = ({ weights }: Contrast, names: readonly string[]): number[] =>
  names.map((name) => weights.get(name) ?? 0);

/** One column of a run's design. */
export function columnOf({ design }: HandoffRun, name: string): Float64Array {
  const [j, width] = [design.names.indexOf(name), design.names.length];
  return Float64Array.from({ length: design.rows }, (_, row) => design.values[row * width + j]); // [volumes]
}

/** Runs that fixed effects combine, in order of appearance; each group has one run or more. */
export function groupsOf(runs: readonly HandoffRun[]): ReadonlyMap<string, readonly HandoffRun[]> {
  const groups = new Map<string, HandoffRun[]>();
  for (const run of runs) groups.set(run.group, [...(groups.get(run.group) ?? []), run]);
  return groups;
}
