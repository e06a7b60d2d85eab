import type { DesignMatrix } from '../../core/design.js';
import { DesignError } from '../../core/errors.js';

/** One column of a design over subjects. */
export interface SubjectColumn {
  readonly name: string;
  readonly values: ArrayLike<number>; // [maps]
}

/** Names in alphabetical (code unit) order, each once. */
const distinct = (names: readonly string[]) => [...new Set(names)].sort();

/** 1 where a label is this one, else 0. */
const indicator = (labels: readonly string[], name: string, prefix = ''): SubjectColumn => ({
  name: `${prefix}${name}`,
  values: labels.map((label) => (label === name ? 1 : 0)),
});

function refuseLabels(given: string, expected: string): never {
  throw new DesignError('labels', { given, expected, todo: 'Correct the labels of the maps.' });
}

/**
 * A design of any columns, one row a map: groups, covariates, an intercept (none is added).
 * @throws DesignError `column`: of another length than the first, of values that are not finite, or
 *   named twice.
 */
export function subjectDesign(columns: readonly SubjectColumn[]): DesignMatrix {
  const rows = columns[0]?.values.length ?? 0;
  const names = columns.map(({ name }) => name);
  columns.forEach(({ name, values }, j) => {
    const fits = values.length === rows && Array.from(values).every(Number.isFinite);
    if (fits && names.indexOf(name) === j) return;
    throw new DesignError('column', {
      given: `column '${name}' with the values ${Array.from(values).slice(0, 8).join(', ')}`,
      expected: `a name of its own and ${rows} finite numbers, one a map`,
      todo: 'Correct the column or leave it out.',
    });
  });
  const values = new Float64Array(rows * names.length); // [maps, columns]
  columns.forEach((column, j) => {
    for (let row = 0; row < rows; row++) values[row * names.length + j] = column.values[row];
  });
  return { names, rows, values };
}

/** Is the mean over subjects 0? One column, `intercept`. */
export function oneSampleDesign(subjects: number): DesignMatrix {
  return subjectDesign([{ name: 'intercept', values: new Float64Array(subjects).fill(1) }]);
}

/**
 * Do groups differ? One column a group, named as it: contrast `a - b`. Variances are taken as equal.
 * @throws DesignError `labels`: fewer than two groups.
 */
export function twoSampleDesign(groupOf: readonly string[]): DesignMatrix {
  const groups = distinct(groupOf);
  if (groups.length < 2) refuseLabels(`groups ${groups.join(', ')}`, 'at least two groups');
  return subjectDesign(groups.map((group) => indicator(groupOf, group)));
}

/**
 * Do conditions differ within subjects? One map a subject and condition. Columns: each condition after
 * the first (alphabetically), as its difference from the first, then `subject_<name>` for each subject.
 * Of two conditions, the t is that of a one-sample test of pairedDifferences.
 * @throws DesignError `labels`: not every subject has every condition once, or there is one condition.
 */
export function pairedDesign(options: {
  readonly subjectOf: readonly string[]; // [maps]
  readonly conditionOf: readonly string[]; // [maps]
}): DesignMatrix {
  const { subjectOf, conditionOf } = options;
  const subjects = distinct(subjectOf);
  const conditions = distinct(conditionOf);
  const cells = new Set(
    subjectOf.map((subject, row) => JSON.stringify([subject, conditionOf[row]])),
  );
  const complete = subjects.length * conditions.length;
  const lengths = new Set([subjectOf.length, conditionOf.length, cells.size, complete]);
  if (lengths.size > 1 || conditions.length < 2) {
    refuseLabels(
      `${subjectOf.length} maps of ${subjects.length} subjects and conditions ${conditions.join(', ')}`,
      'two conditions or more, each once in every subject',
    );
  }
  return subjectDesign([
    ...conditions.slice(1).map((condition) => indicator(conditionOf, condition)),
    ...subjects.map((subject) => indicator(subjectOf, subject, 'subject_')),
  ]);
}
