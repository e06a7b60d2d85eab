import type { DesignMatrix } from '../../../core/design.js';
import { DataError } from '../../../core/errors.js';
import { type Basis, orthonormalBasis } from '../../design/basis.js';
import { constantWeights } from '../../fit/constant-weights.js';
import type { PromptGroups } from '../prompts.js';
import { columnsWithin } from './columns-within.js';

/** The rows of a design whose volumes lie in a prompt. */
export interface DesignInPrompts {
  readonly design: DesignMatrix;
  readonly basis: Basis;
  /** Columns of the basis that change within prompts: its last ones. */
  readonly within: number;
  /** Volume of each row. */
  readonly volumeOf: readonly number[]; // [rows]
  /** Prompt of each row. */
  readonly promptOf: readonly number[]; // [rows]
  /** Weights of the columns that sum to 1 in every row; null where there are none. */
  readonly constant: Float64Array | null; // [columns]
}

/**
 * The part of a design that lies in prompts.
 * @throws DataError `volumes`. @throws DesignError `rank-deficient`, `too-few-rows`.
 */
export function designInPrompts(
  design: DesignMatrix,
  groups: PromptGroups,
  volumes: number,
): DesignInPrompts {
  if (design.rows !== volumes || groups.promptOf.length !== volumes) {
    throw new DataError('volumes', {
      given: `a series of ${volumes} volumes, a design of ${design.rows} rows, and prompts of ${groups.promptOf.length} volumes`,
      expected: 'as many volumes as rows',
      todo: 'Check that the design and the events belong to this run.',
    });
  }
  const p = design.names.length;
  const volumeOf = [...groups.promptOf.keys()].filter((v) => groups.promptOf[v] >= 0);
  const rows = volumeOf.length;
  const values = new Float64Array(rows * p); // [rows, columns]
  volumeOf.forEach((volume, row) => {
    values.set(design.values.subarray(volume * p, (volume + 1) * p), row * p);
  });
  const inside = { names: design.names, rows, values };
  const promptOf = volumeOf.map((volume) => groups.promptOf[volume]);
  const last = columnsWithin(inside, promptOf);
  const basis = orthonormalBasis(inside, { last });
  const constant = constantWeights(inside, basis);
  return { design: inside, basis, within: last.length, volumeOf, promptOf, constant };
}
