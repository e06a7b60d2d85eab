import type { Entities } from '../../../bids/entities.js';
import type { ModelNode } from '../../../bids/stats-model.js';
import { fits } from '../../../bids/transformations.js';
import type { SubjectColumn } from '../../../glm/group/second-level-design.js';
import { labelsOfMaps, numbersOfMaps } from '../inputs/subject-labels.js';

/** The intercept as a column. */
export const INTERCEPT = 'intercept';

/** A name of X as a column's. */
export const columnOf = (name: string | 1) => (name === 1 ? INTERCEPT : name);

/** A column for each name of X: the intercept, a level of a factor, or numbers of participants.tsv. */
export async function columnsOf(
  root: string,
  node: ModelNode,
  entities: readonly Entities[], // [maps]
): Promise<SubjectColumn[]> {
  const factors = (node.Transformations?.Instructions ?? []).flatMap(({ Input }) => Input);
  const within = factors.includes('subject') ? 'sessions' : 'participants';
  const levels: SubjectColumn[] = [];
  for (const factor of new Set(factors)) {
    const labels = await labelsOfMaps(root, factor, { entities, within });
    for (const level of [...new Set(labels)].sort()) {
      const values = labels.map((label) => (label === level ? 1 : 0));
      levels.push({ name: `${factor}.${level}`, values });
    }
  }
  const columns: SubjectColumn[] = [];
  for (const name of node.Model.X) {
    const own = name === 1 ? [] : levels.filter((level) => fits(level.name, name));
    if (name === 1) columns.push({ name: INTERCEPT, values: entities.map(() => 1) });
    else if (own.length > 0) columns.push(...own);
    else columns.push({ name, values: await numbersOfMaps(root, name, entities) });
  }
  return columns;
}
