import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelNode } from '../../bids/stats-model.js';
import { DataError, DesignError } from '../../core/errors.js';
import type { ContrastMaps, FMaps } from '../../core/statmap.js';
import { numberColumn, parseTsv, textColumn } from '../../files/tsv.js';
import { contrastMaps } from '../../glm/contrast/contrast-maps.js';
import { fContrastMaps } from '../../glm/contrast/f-contrast-maps.js';
import { fitSecondLevel } from '../../glm/group/second-level.js';
import { subjectDesign } from '../../glm/group/second-level-design.js';
import { groupEntities, grouped, keeps, type Outcome } from './nodes.js';

/** The intercept as a column. */
const INTERCEPT = 'intercept';
const columnOf = (name: string | 1) => (name === 1 ? INTERCEPT : name);

/** One number a subject. @throws FileError where participants.tsv lacks the column or a number */
async function participantColumn(root: string, name: string, subjects: readonly string[]) {
  const file = join(root, 'participants.tsv');
  const table = parseTsv(await readFile(file, 'utf8').catch(() => ''), file);
  const ids = textColumn(table, 'participant_id', file);
  const values = numberColumn(table, name, file);
  return subjects.map((subject) => values[ids.indexOf(`sub-${subject}`)] ?? Number.NaN);
}

async function fitGroup(
  root: string,
  node: ModelNode,
  own: readonly Outcome[],
): Promise<Outcome[]> {
  const subjects = own.map(({ entities }) => entities.sub ?? '');
  const contrast = own[0].maps.contrast;
  const [{ grid }] = own;
  const isSame = own.every(({ grid: { voxelOfUnit, shape } }) => {
    const sameShape = shape.every((size, axis) => size === grid.shape[axis]);
    return sameShape && voxelOfUnit.every((voxel, u) => voxel === grid.voxelOfUnit[u]);
  });
  if (new Set(subjects).size < subjects.length || !isSame) {
    throw new DataError('maps', {
      given: `maps of contrast '${contrast}' of subjects ${subjects.join(', ')} at node '${node.Name}'`,
      expected: 'one map a subject, all over the same units',
      todo: 'Group by session or task too, or compare subjects of one model.',
    });
  }
  const columns = node.Model.X.map(async (name) => ({
    name: columnOf(name),
    values:
      name === 1 ? subjects.map(() => 1) : await participantColumn(root, String(name), subjects),
  }));
  const design = subjectDesign(await Promise.all(columns));
  const maps = own.map((outcome) => {
    if ('effect' in outcome.maps) return outcome.maps.effect;
    throw new DesignError('f-contrast', {
      given: `the F contrast '${contrast}' at node '${node.Name}'`,
      expected: 't contrasts at level Dataset',
      todo: 'Leave it out by a Filter of the edge.',
    });
  });
  const fit = await fitSecondLevel({ maps, design });
  const dummies = node.DummyContrasts
    ? (node.DummyContrasts.Contrasts ?? node.Model.X).map(columnOf)
    : [];
  // Of the intercept alone: the contrast's own name; else with the second level's behind it.
  const nameOf = (name: string) => (name === INTERCEPT ? contrast : `${contrast}+${name}`);
  const weights = (conditions: readonly (string | 1)[], row: readonly number[]) =>
    new Map(conditions.map((condition, i) => [columnOf(condition), row[i]]));
  const found: (ContrastMaps | FMaps)[] = dummies.map((name) =>
    contrastMaps(fit, { name: nameOf(name), weights: new Map([[name, 1]]) }),
  );
  for (const asked of node.Contrasts ?? []) {
    const { ConditionList: list, Name } = asked;
    if (asked.Test === 't') {
      found.push(contrastMaps(fit, { name: nameOf(Name), weights: weights(list, asked.Weights) }));
      continue;
    }
    const rows = asked.Weights.map((row, i) => ({
      name: `row ${i + 1}`,
      weights: weights(list, row),
    }));
    found.push(fContrastMaps(fit, { name: nameOf(Name), rows }));
  }
  const entities = groupEntities(own[0].entities, node.GroupBy);
  const sources = own.flatMap((outcome) => outcome.sources);
  const described = {
    Level: 'Dataset',
    Model: 'OLS over subjects',
    Columns: design.names,
    Subjects: subjects,
    FirstLevel: own[0].described,
  };
  return found.map((m) => ({ entities, maps: m, grid, sources, described }));
}

/** A node of level Dataset: its design over subjects, contrast by contrast (summary statistics). */
export async function overSubjects(
  root: string,
  node: ModelNode,
  inputs: readonly Outcome[],
): Promise<Outcome[]> {
  const keyOf = ({ entities, maps }: Outcome) => [
    groupEntities(entities, node.GroupBy),
    maps.contrast,
  ];
  const onlyIntercept = node.Model.X.length === 1;
  const kept = inputs.filter(
    ({ maps }) => !onlyIntercept || keeps(node, maps.contrast) || keeps(node, INTERCEPT),
  );
  const results: Outcome[] = [];
  for (const own of grouped(kept, keyOf)) results.push(...(await fitGroup(root, node, own)));
  return results;
}
