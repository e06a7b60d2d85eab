import { DesignError } from '../../../core/errors.js';
import type { RunInput } from '../inputs/run-input.js';
import { labelsOfMaps } from '../inputs/subject-labels.js';
import type { GroupRequest, Permutations } from './request.js';

/** A group request with what the data say of it. */
export interface GroupPlan {
  readonly request: GroupRequest;
  /** The two kinds or conditions, in alphabetical order; none of one sample. */
  readonly levels: readonly string[];
  readonly permutations: Permutations | null;
}

/**
 * What a group request compares.
 * @throws DesignError `group-levels` unless a comparison has two levels; FileError as labelsOfMaps
 */
export async function planGroup(
  root: string,
  request: GroupRequest,
  own: {
    readonly inputs: readonly RunInput[];
    readonly permutations: Permutations | null;
  },
): Promise<GroupPlan> {
  const { inputs, permutations } = own;
  if (request.test === 'one-sample') return { request, levels: [], permutations };
  const { column, test } = request;
  const entities = inputs.map((input) => input.entities);
  const within = test === 'paired' ? 'sessions' : 'participants';
  const levels = [...new Set(await labelsOfMaps(root, column, { entities, within }))].sort();
  if (levels.length === 2) return { request, levels, permutations };
  throw new DesignError('group-levels', {
    given: `--group ${test}:${column}, of which the data have ${levels.length}: ${levels.join(', ')}`,
    expected: 'two to compare',
    todo: 'Choose subjects or tasks, or write a model with --model.',
  });
}
