import type { Entities } from '../../../bids/entities.js';
import {
  GROUPS,
  type Group,
  type ModelContrast,
  type StatsModel,
} from '../../../bids/stats-model.js';
import { groupNodes } from './group-nodes.js';
import type { GroupPlan } from './group-plan.js';
import { canMask } from './settle.js';
import type { Specification } from './specification.js';

/** The Stats Model of a specification: runs, a task's runs together, and, where asked, a group. */
export function statsModelOf(
  specification: Specification,
  data: {
    readonly entities: readonly Entities[];
    readonly listed: readonly ModelContrast[];
    readonly group?: GroupPlan | undefined;
  },
): StatsModel {
  const { permutations } = specification;
  const { inference, noise, drift, censor, broken, sliceTimeRef, dummies } = specification;
  const { entities, listed, group } = data;
  const groups = (Object.keys(GROUPS) as Group[]).filter((group) =>
    entities.some((own) => own[GROUPS[group]] !== undefined),
  );
  const runGroups = [...new Set<Group>([...groups, 'run', 'subject'])];
  const above = group ? groupNodes(group, runGroups) : { nodes: [], edges: [] };
  return {
    Name: 'boldbridge',
    BIDSModelVersion: '1.0.0',
    Nodes: [
      {
        Level: 'Run',
        Name: 'run',
        GroupBy: runGroups,
        Transformations: {
          Transformer: 'pybids-transforms-v1',
          Instructions: [...specification.instructions],
        },
        Model: {
          Type: 'glm',
          X: [...specification.x, 1],
          ...(drift.model === 'cosine' && { Options: { HighPassFilterCutoffHz: drift.highPass } }),
          Software: {
            boldbridge: {
              inference,
              noise,
              ...(drift.model === 'polynomial' && { driftOrder: drift.order }),
              ...(censor.length > 0 && { censor: [...censor] }),
              ...(canMask(inference, noise) && { broken }),
              ...(sliceTimeRef !== 0 && { sliceTimeRef }),
              ...(permutations && { permutations: permutations.count, seed: permutations.seed }),
            },
          },
        },
        ...(listed.length > 0 && { Contrasts: [...listed] }),
        ...(dummies.length > 0 && {
          DummyContrasts: { Test: 't' as const, Contrasts: [...dummies] },
        }),
      },
      {
        Level: 'Subject',
        Name: 'subject',
        GroupBy: [...runGroups.filter((group) => group !== 'run'), 'contrast'],
        Model: { Type: 'meta', X: [1] },
        DummyContrasts: { Test: 't' },
      },
      ...above.nodes,
    ],
    Edges: [{ Source: 'run', Destination: 'subject' }, ...above.edges],
  };
}
