import { FileError } from '../core/errors.js';
import type { ModelEdge, ModelNode, StatsModel } from './stats-model.js';

const LEVELS = ['Run', 'Session', 'Subject', 'Dataset'] as const;

function refuse(file: string, given: string, expected: string): never {
  throw new FileError('stats-model', {
    given: `${file}: ${given}`,
    expected,
    todo: 'Mend the model; bids-templates/models/README.md says what is supported.',
  });
}

/** The edges as they are, or, where there are none, each node leading to the next. */
export function edgesOf({ Nodes, Edges }: StatsModel): readonly ModelEdge[] {
  return (
    Edges ?? Nodes.slice(1).map(({ Name }, i) => ({ Source: Nodes[i].Name, Destination: Name }))
  );
}

const isMeta = ({ Model }: ModelNode) => Model.Type.toLowerCase() === 'meta';

function checkNode(node: ModelNode, index: number, file: string): void {
  const at = `Nodes[${index}] '${node.Name}'`;
  const { X, HRF, Options } = node.Model;
  for (const [c, contrast] of (node.Contrasts ?? []).entries()) {
    const rows = contrast.Test === 'F' ? contrast.Weights : [contrast.Weights];
    if (rows.every((row) => row.length === contrast.ConditionList.length)) continue;
    refuse(
      file,
      `${at}, Contrasts.${c}.Weights: not one weight a condition`,
      `${contrast.ConditionList.length} weights (in each row of an F test)`,
    );
  }
  const isSilent = !node.DummyContrasts && !node.Contrasts?.length;
  if (isSilent && !isMeta(node))
    refuse(
      file,
      `${at}: neither Contrasts nor DummyContrasts`,
      'one of them, else nothing is made',
    );
  if (node.Level === 'Run') {
    if (isMeta(node)) refuse(file, `${at}, Model.Type: meta`, "'glm' at level Run");
    if (!X.includes(1))
      refuse(file, `${at}, Model.X: without 1`, '1, the intercept, among X: every run has one');
    const missing = ['run', 'subject'].filter((key) => !(node.GroupBy as string[]).includes(key));
    if (missing.length > 0)
      refuse(file, `${at}, GroupBy: without ${missing.join(', ')}`, 'run and subject, each fitted');
    return;
  }
  const averages = node.Level !== 'Dataset' || isMeta(node);
  const steps = node.Transformations?.Instructions ?? [];
  const settings = Object.keys(node.Model.Software?.boldbridge ?? {});
  const isOfGroup =
    steps.every(({ Name }) => Name === 'Factor') &&
    settings.every((key) => key === 'permutations' || key === 'seed');
  if (HRF || Options || ((steps.length > 0 || settings.length > 0) && (averages || !isOfGroup)))
    refuse(
      file,
      `${at}, Model.HRF, Options, Software or Transformations at level ${node.Level}`,
      "them at level Run only; at level Dataset, Type 'glm', Factor, permutations and seed",
    );
  if (averages && (!isMeta(node) || X.length !== 1 || X[0] !== 1))
    refuse(
      file,
      `${at}, Model: Type ${node.Model.Type}, X ${JSON.stringify(X)}`,
      "Type 'meta' and X [1]: fixed effects",
    );
  if (averages && node.Contrasts?.length)
    refuse(file, `${at}, Contrasts`, 'DummyContrasts: the contrasts of the level below');
  if (!node.GroupBy.includes('contrast'))
    refuse(file, `${at}, GroupBy: without contrast`, 'contrast: each contrast is summed by itself');
  if (node.Level !== 'Dataset' && !node.GroupBy.includes('subject'))
    refuse(file, `${at}, GroupBy: without subject`, 'subject, below level Dataset');
  if (node.Level === 'Dataset' && node.GroupBy.includes('subject'))
    refuse(file, `${at}, GroupBy: subject`, 'subjects together at level Dataset');
}

/**
 * How nodes hang together: one node of level Run, from which every other is reached by edges that go
 * up or stay in level, without circles.
 * @throws FileError `file/stats-model`.
 */
export function checkGraph(model: StatsModel, file: string): void {
  const { Nodes } = model;
  const byName = new Map(Nodes.map((node) => [node.Name, node]));
  if (byName.size < Nodes.length)
    refuse(file, `Nodes: two of one name`, 'a name of its own for each node');
  Nodes.forEach((node, i) => {
    checkNode(node, i, file);
  });
  const runs = Nodes.filter(({ Level }) => Level === 'Run');
  if (runs.length !== 1) refuse(file, `Nodes: ${runs.length} of level Run`, 'one');
  edgesOf(model).forEach(({ Source, Destination }, i) => {
    for (const name of [Source, Destination])
      if (!byName.has(name))
        refuse(file, `Edges[${i}]: no node '${name}'`, `one of ${[...byName.keys()].join(', ')}`);
    const [from, to] = [Source, Destination].map((name) => byName.get(name)!);
    if (to.Level === 'Run' || LEVELS.indexOf(from.Level) > LEVELS.indexOf(to.Level))
      refuse(file, `Edges[${i}]: ${Source} to ${Destination}`, 'edges that go up in level');
    if (from.Level === 'Dataset') refuse(file, `Edges[${i}]: out of ${Source}`, 'Dataset last');
  });
  if (orderedNodes(model).length < Nodes.length)
    refuse(file, 'Edges: a node is never reached, or in a circle', 'all nodes reached from Run');
}

/** Nodes after the Run node, each after all that lead to it. */
export function orderedNodes(model: StatsModel): ModelNode[] {
  const edges = edgesOf(model);
  const done = model.Nodes.filter(({ Level }) => Level === 'Run');
  for (let grown = true; grown; ) {
    const ready = model.Nodes.filter((node) => {
      const sources = edges.filter(({ Destination }) => Destination === node.Name);
      const isReady = sources.every(({ Source }) => done.some(({ Name }) => Name === Source));
      return sources.length > 0 && isReady && !done.includes(node);
    });
    done.push(...ready);
    grown = ready.length > 0;
  }
  return done;
}
