import {
  GROUPS,
  type ModelEdge,
  type ModelNode,
  type StatsModel,
} from '../../../bids/stats-model.js';
import { edgesOf, orderedNodes } from '../../../bids/stats-model-graph.js';
import { runNodeOf } from '../model/from-stats-model.js';
import type { Outcome } from './outcome.js';

/** The model's nodes between its Run node and those of level Dataset, in order. */
export const middleNodes = (model: StatsModel) =>
  orderedNodes(model).filter(({ Level }) => Level !== 'Run' && Level !== 'Dataset');

/** Nodes of which nothing below level Dataset is made any more: their maps are thresholded. */
export function lastNodes(model: StatsModel): ModelNode[] {
  const middle = middleNodes(model);
  const isFinal = ({ Name }: ModelNode) =>
    !edgesOf(model).some(
      ({ Source, Destination }) =>
        Source === Name && middle.some((node) => node.Name === Destination),
    );
  return orderedNodes(model).filter((node) => node.Level !== 'Dataset' && isFinal(node));
}

function passes({ Filter }: ModelEdge, { entities, maps }: Outcome): boolean {
  return Object.entries(Filter ?? {}).every(([key, values]) => {
    const own = key === 'contrast' ? maps.contrast : entities[GROUPS[key as keyof typeof GROUPS]];
    return (values ?? []).some((value) => String(value) === own);
  });
}

/** What a node gets from the nodes before it. */
export function inputsOf(
  model: StatsModel,
  node: ModelNode,
  outcomes: ReadonlyMap<string, readonly Outcome[]>,
): Outcome[] {
  return edgesOf(model)
    .filter(({ Destination }) => Destination === node.Name)
    .flatMap((edge) => (outcomes.get(edge.Source) ?? []).filter((own) => passes(edge, own)));
}

/** Only contrasts that the node's DummyContrasts keep; all where it names none. */
export const keeps = ({ DummyContrasts }: ModelNode, contrast: string) =>
  DummyContrasts === undefined ||
  (DummyContrasts !== false && (DummyContrasts.Contrasts?.includes(contrast) ?? true));

/** Whether a node combines runs themselves. */
export const followsRuns = (model: StatsModel, { Name }: StatsModel['Nodes'][number]) =>
  edgesOf(model).some(
    ({ Source, Destination }) => Destination === Name && Source === runNodeOf(model).Name,
  );
