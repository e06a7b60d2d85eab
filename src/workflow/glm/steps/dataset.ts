import { overSubjects } from '../group/over-subjects.js';
import type { RunInput } from '../inputs/run-input.js';
import type { Network } from '../networks/network.js';
import { averaged } from '../nodes/averaged.js';
import { inputsOf } from '../nodes/graph.js';
import type { Outcome } from '../nodes/outcome.js';
import { networksOf } from './networks.js';
import { type Work, writeOutcomes } from './work.js';

/** The model's nodes of level Dataset, and their networks; `input` is any run: all have the same units. */
export async function fitDataset(
  outcomes: ReadonlyMap<string, readonly Outcome[]>,
  work: Work,
  input: RunInput,
): Promise<Network[]> {
  const { model, options } = work;
  const networks: Network[] = [];
  for (const node of model.Nodes.filter(({ Level }) => Level === 'Dataset')) {
    const inputs = inputsOf(model, node, outcomes);
    const isMeta = node.Model.Type.toLowerCase() === 'meta';
    const own = isMeta ? averaged(node, inputs) : await overSubjects(options.dataset, node, inputs);
    await writeOutcomes(own, work);
    networks.push(...(await networksOf(input, own, work)));
  }
  return networks;
}
