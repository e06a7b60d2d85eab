import type { ModelNode } from '../../../bids/stats-model.js';
import type { Contrast, FContrast } from '../../../core/design.js';
import { DataError, DesignError } from '../../../core/errors.js';
import { contrastMaps } from '../../../glm/contrast/contrast-maps.js';
import { fContrastMaps } from '../../../glm/contrast/f-contrast-maps.js';
import { fitSecondLevel } from '../../../glm/group/second-level.js';
import { subjectDesign } from '../../../glm/group/second-level-design.js';
import { grouped } from '../../grouped.js';
import { keeps } from '../nodes/graph.js';
import { requireOneGrid } from '../nodes/grids.js';
import { groupEntities, type Outcome } from '../nodes/outcome.js';
import { permuteSubjects } from './permute-subjects.js';
import { columnOf, columnsOf, INTERCEPT } from './subject-columns.js';

/** @throws DataError `maps` unless each subject has one map, or the design tells its maps apart */
function requireMaps(node: ModelNode, subjects: readonly string[], contrast: string): void {
  const isWithin = node.Model.X.some((name) => name !== 1 && name.startsWith('subject.'));
  if (isWithin || new Set(subjects).size === subjects.length) return;
  throw new DataError('maps', {
    given: `maps of contrast '${contrast}' of subjects ${subjects.join(', ')} at node '${node.Name}'`,
    expected: 'one map a subject, or subject.* among X, with Factor of subject',
    todo: 'Group by session or task too.',
  });
}

/** Effects with 0 in the units that any subject's fit masked: these are masked in the group too. */
function effectsOf(own: readonly Outcome[], node: ModelNode): Float64Array[] {
  const maps = own.map(({ maps: m }) => {
    if ('effect' in m) return m;
    throw new DesignError('f-contrast', {
      given: `the F contrast '${m.contrast}' at node '${node.Name}'`,
      expected: 't contrasts at level Dataset',
      todo: 'Leave it out by a Filter of the edge.',
    });
  });
  const isMasked = (u: number) => maps.some(({ dofPerUnit }) => dofPerUnit?.[u] === 0);
  const masked = maps[0].effect.map((_, u) => (isMasked(u) ? 1 : 0)); // [units]
  return maps.map(({ effect }) => effect.map((value, u) => (masked[u] ? 0 : value)));
}

async function fitGroup(
  root: string,
  node: ModelNode,
  own: readonly Outcome[],
): Promise<Outcome[]> {
  const subjects = own.map(({ entities }) => entities.sub ?? '');
  const contrast = own[0].maps.contrast;
  const [{ grid }] = own;
  requireMaps(node, subjects, contrast);
  requireOneGrid(
    own.map((outcome, s) => ({ name: `sub-${subjects[s]}`, grid: outcome.grid })),
    `maps of contrast '${contrast}' at node '${node.Name}'`,
  );
  const ofMaps = own.map(({ entities }) => entities);
  const design = subjectDesign(await columnsOf(root, node, ofMaps));
  const maps = effectsOf(own, node);
  const fit = await fitSecondLevel({ maps, design, broken: 'mask' });
  const dummies = node.DummyContrasts
    ? (node.DummyContrasts.Contrasts ?? node.Model.X).map(columnOf)
    : [];
  // Of the intercept alone: the contrast's own name; else with the second level's behind it.
  const nameOf = (name: string) => (name === INTERCEPT ? contrast : `${contrast}+${name}`);
  const weights = (conditions: readonly (string | 1)[], row: readonly number[]) =>
    new Map(conditions.map((condition, i) => [columnOf(condition), row[i]]));
  const t: Contrast[] = dummies.map((name) => ({
    name: nameOf(name),
    weights: new Map([[name, 1]]),
  }));
  const f: FContrast[] = [];
  for (const asked of node.Contrasts ?? []) {
    const { ConditionList: list, Name } = asked;
    if (asked.Test === 't') {
      t.push({ name: nameOf(Name), weights: weights(list, asked.Weights) });
      continue;
    }
    const rows = asked.Weights.map((row, i) => ({
      name: `row ${i + 1}`,
      weights: weights(list, row),
    }));
    f.push({ name: nameOf(Name), rows });
  }
  const described = {
    Level: 'Dataset',
    Model: 'OLS over subjects',
    Columns: design.names,
    Subjects: subjects,
    FirstLevel: own[0].described,
  };
  const shared = {
    entities: groupEntities(own[0].entities, node.GroupBy),
    grid,
    sources: own.flatMap((outcome) => outcome.sources),
    described,
  };
  const { permutations: count, seed = 0 } = node.Model.Software?.boldbridge ?? {};
  const outcomes: Outcome[] = [];
  for (const asked of t) {
    const permuted = count
      ? await permuteSubjects({
          ...{ maps, design, contrast: asked, subjects },
          permutations: { count, seed },
        })
      : undefined;
    outcomes.push({ ...shared, maps: contrastMaps(fit, asked), ...(permuted && { permuted }) });
  }
  return [...outcomes, ...f.map((asked) => ({ ...shared, maps: fContrastMaps(fit, asked) }))];
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
