import type { ModelContrast, StatsModel } from '../../../bids/stats-model.js';
import { permutePrompts } from '../fit/permute-prompts.js';
import type { RunFit } from '../fit/run-fit.js';
import type { RunInput } from '../inputs/run-input.js';
import { runNodeOf } from '../model/from-stats-model.js';
import { averaged } from '../nodes/averaged.js';
import { followsRuns, inputsOf, lastNodes, middleNodes } from '../nodes/graph.js';
import { groupEntities, type Outcome } from '../nodes/outcome.js';
import { networksOf } from './networks.js';
import { fitAndWrite, joined, listedOf } from './runs.js';
import { type Work, writeOutcomes } from './work.js';

/** Fits runs, and whatever nodes below level Dataset make of them. */
export async function fitPart(runs: readonly RunInput[], work: Work) {
  const { model, specification } = work;
  const fits: { input: RunInput; fit: RunFit }[] = [];
  const outcomes = new Map<string, Outcome[]>();
  const ofRuns: Outcome[] = [];
  const listed: ModelContrast[] = [];
  for (const input of runs) {
    const { fit, outcomes: own } = await fitAndWrite(input, work);
    ofRuns.push(...own);
    listed.push(...listedOf(fit.contrasts, fit.run, specification));
    if (specification.inference === 'mixed' || fit.held) fits.push({ input, fit });
  }
  const isMixed = specification.inference === 'mixed';
  const runNode = runNodeOf(model).Name;
  outcomes.set(runNode, ofRuns);
  for (const node of middleNodes(model)) {
    const joint = isMixed && followsRuns(model, node) ? joined(node, fits, work) : null;
    const own = joint
      ? joint.flatMap((part) => part.outcomes)
      : averaged(node, inputsOf(model, node, outcomes));
    for (const part of joint ?? []) listed.push(...part.listed);
    await writeOutcomes(own, work);
    outcomes.set(node.Name, own);
  }
  const last: Outcome[] = [];
  for (const node of lastNodes(model))
    for (const outcome of outcomes.get(node.Name) ?? [])
      last.push(isMixed ? outcome : await withPrompts(outcome, node, { fits, work }));
  return { outcomes, networks: await networksOf(runs[0], last, work), listed };
}

/** A t outcome with what relabelling the prompts of its runs says, where that was asked for. */
async function withPrompts(
  outcome: Outcome,
  node: StatsModel['Nodes'][number],
  own: {
    readonly fits: readonly { readonly input: RunInput; readonly fit: RunFit }[];
    readonly work: Work;
  },
): Promise<Outcome> {
  const { permutations } = own.work.specification;
  if (!permutations || !('t' in outcome.maps)) return outcome;
  const keyOf = (entities: Outcome['entities']) =>
    JSON.stringify(groupEntities(entities, node.GroupBy));
  const runs = own.fits.flatMap(({ input, fit }) =>
    fit.held && keyOf(input.entities) === keyOf(outcome.entities) ? [fit.held] : [],
  );
  return { ...outcome, permuted: await permutePrompts(runs, outcome.maps.contrast, permutations) };
}
