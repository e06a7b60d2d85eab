import type { DesignMatrix } from '../../core/design.js';
import { DataError } from '../../core/errors.js';
import type { Series } from '../../core/series.js';
import type { BrokenPolicy } from '../fit/broken-units.js';
import { type Fit, fitGlm } from '../fit/fit.js';

/** One subject's map of effects, over units that mean the same in every subject. */
export type SubjectMap = Float32Array | Float64Array; // [units]

/**
 * Maps as a series: one row a map.
 * @throws DataError `maps`: none, or of different numbers of units.
 */
export function seriesOfMaps(maps: readonly SubjectMap[]): Series {
  const units = maps[0]?.length ?? 0;
  if (units === 0 || maps.some((map) => map.length !== units)) {
    throw new DataError('maps', {
      given: `maps of ${[...new Set(maps.map((map) => map.length))].join(', ') || 'no'} units`,
      expected: 'one or more maps over the same units',
      todo: 'Compare subjects of one model, or units that are matched across models.',
    });
  }
  async function* blocks() {
    for (const [first, values] of maps.entries()) yield { first, volumes: 1, values };
  }
  return { volumes: maps.length, units, blocks };
}

/**
 * Fits a design over subjects to their effect maps by OLS: subjects are the sample, and what their own
 * fits say of their variances is not used (the summary statistics approach). Take contrasts of it with
 * contrastMaps. Source: nilearn.glm.second_level.SecondLevelModel; Holmes and Friston 1998.
 * @throws DataError `maps`, `volumes` (not one map a row), `not-finite`.
 * @throws DesignError `rank-deficient`, `too-few-rows`, `no-dof`.
 */
export async function fitSecondLevel(options: {
  readonly maps: readonly SubjectMap[]; // [subjects][units]
  readonly design: DesignMatrix;
  /** As in fitGlm; default refuse. */
  readonly broken?: BrokenPolicy;
}): Promise<Fit> {
  const { maps, design, broken = 'refuse' } = options;
  return fitGlm({ series: seriesOfMaps(maps), design, noise: 'ols', broken });
}

/**
 * First less second map of each subject: the data of a paired test.
 * @throws DataError `maps`: not the same number of maps, or of units, on both sides.
 */
export function pairedDifferences(
  first: readonly SubjectMap[],
  second: readonly SubjectMap[],
): Float64Array[] {
  const { units } = seriesOfMaps([...first, ...second]);
  if (first.length !== second.length) {
    throw new DataError('maps', {
      given: `${first.length} first and ${second.length} second maps`,
      expected: 'one of each a subject, subjects in the same order',
      todo: 'Leave out the subjects of which a map is missing.',
    });
  }
  return first.map((map, s) =>
    Float64Array.from({ length: units }, (_, u) => map[u] - second[s][u]),
  ); // [subjects][units]
}
