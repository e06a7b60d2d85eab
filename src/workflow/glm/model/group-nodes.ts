import type { Group, ModelEdge, ModelNode } from '../../../bids/stats-model.js';
import { requireLabel } from '../outputs/place.js';
import type { GroupPlan } from './group-plan.js';

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** @throws DesignError `contrast-label` where the levels' names are no part of a file's name */
const differenceOf = ([first, second]: readonly string[]) =>
  requireLabel(`${first}Minus${capital(second)}`);

/** Design and contrast of a group's node: the first level less the second. */
function testOf({ request, levels }: GroupPlan): Partial<ModelNode> & Pick<ModelNode, 'Model'> {
  if (request.test === 'one-sample') {
    return { Model: { Type: 'glm', X: [1] }, DummyContrasts: { Test: 't' } };
  }
  const { column, test } = request;
  const columns = levels.map((level) => `${column}.${level}`);
  const isPaired = test === 'paired';
  const factors = isPaired ? [column, 'subject'] : [column];
  return {
    Transformations: {
      Transformer: 'pybids-transforms-v1',
      Instructions: factors.map((name) => ({ Name: 'Factor', Input: [name] })),
    },
    Model: { Type: 'glm', X: isPaired ? [columns[0], 'subject.*'] : columns },
    Contrasts: [
      {
        Name: differenceOf(levels),
        ConditionList: isPaired ? [columns[0]] : columns,
        Weights: isPaired ? [1] : [1, -1],
        Test: 't',
      },
    ],
  };
}

/** A group's nodes, after node 'subject': a subject's sessions together unless compared, then all. */
export function groupNodes(
  plan: GroupPlan,
  runGroups: readonly Group[],
): { readonly nodes: ModelNode[]; readonly edges: ModelEdge[] } {
  const { request, permutations } = plan;
  const isPaired = request.test === 'paired';
  const compared = isPaired ? request.column : null;
  const ofSubject = runGroups.filter((group) => group !== 'run');
  const joins = ofSubject.includes('session') && (!isPaired || compared === 'task');
  const own = testOf(plan);
  const sessions: ModelNode = {
    Level: 'Subject',
    Name: 'sessions',
    GroupBy: [...ofSubject.filter((group) => group !== 'session'), 'contrast'],
    Model: { Type: 'meta', X: [1] },
    DummyContrasts: { Test: 't' },
  };
  const apart = ofSubject.filter((group) => !['subject', 'session', compared].includes(group));
  const settings = permutations && { permutations: permutations.count, seed: permutations.seed };
  const group: ModelNode = {
    Level: 'Dataset',
    Name: 'group',
    GroupBy: [...apart, 'contrast'],
    ...own,
    Model: { ...own.Model, ...(settings && { Software: { boldbridge: settings } }) },
  };
  const chain = ['subject', ...(joins ? ['sessions'] : []), 'group'];
  return {
    nodes: [...(joins ? [sessions] : []), group],
    edges: chain.slice(1).map((Destination, i) => ({ Source: chain[i], Destination })),
  };
}
