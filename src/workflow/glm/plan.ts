import type { StatsModel } from '../../bids/stats-model.js';
import { requirePermutations, requireWritable, selected } from './check-plan.js';
import { splitTest } from './design/contrasts.js';
import { responseOf } from './design/response.js';
import type { RunInput } from './inputs/run-input.js';
import { readStatsModel, refuseFlagsWith, specificationOf } from './model/from-stats-model.js';
import { type GroupPlan, planGroup } from './model/group-plan.js';
import type { Specification } from './model/specification.js';
import { specify } from './model/specify.js';
import { statsModelOf } from './model/to-stats-model.js';
import { requireGridsOfRuns } from './nodes/grids.js';
import type { GlmOptions } from './options.js';
import { requireLabel } from './outputs/place.js';

/** All that is settled before the first run is read. */
export interface GlmPlan {
  readonly options: GlmOptions;
  /** The runs to model, in order. */
  readonly inputs: readonly RunInput[];
  readonly specification: Specification;
  /** Nodes and edges that the fit goes by: the model given, or the one that the flags make. */
  readonly model: StatsModel;
  readonly isGiven: boolean;
  readonly group: GroupPlan | undefined;
}

/** The BIDS Stats Model that the options name, if they do. @throws as readStatsModel; DesignError */
export async function givenModel(options: GlmOptions): Promise<StatsModel | null> {
  if (options.model === undefined) return null;
  refuseFlagsWith(options);
  return readStatsModel(options.model);
}

/** What the group request compares, where there is one. @throws as planGroup */
export async function groupOf(
  inputs: readonly RunInput[],
  { dataset, group, permutations, seed = 0 }: GlmOptions,
): Promise<GroupPlan | undefined> {
  if (!group) return undefined;
  const own = permutations === undefined ? null : { count: permutations, seed };
  return planGroup(dataset, group, { inputs, permutations: own });
}

/** What is fitted to which of the runs. @throws DesignError, DataError `data/nothing-selected` */
export function planGlm(
  runs: readonly RunInput[],
  given: StatsModel | null,
  options: GlmOptions,
  group?: GroupPlan,
): GlmPlan {
  const inputs = selected(runs, given);
  for (const formula of options.contrasts) requireLabel(formula.split('=')[0].trim());
  for (const test of options.fContrasts ?? []) requireLabel(splitTest(test).name);
  const isNamed = ({ events }: RunInput) =>
    events.length > 0 && events.every(({ prompt }) => prompt !== undefined);
  const hasPrompts = inputs.every(isNamed);
  const asked = { ...options, hrf: options.hrf ?? responseOf(inputs) };
  const specification = given ? specificationOf(given, hasPrompts) : specify(asked, hasPrompts);
  const entities = inputs.map((input) => input.entities);
  const model = given ?? statsModelOf(specification, { entities, listed: [], group });
  requireWritable(options, specification, model);
  requirePermutations(options, model);
  requireGridsOfRuns(inputs, model);
  return { options, inputs, specification, model, isGiven: given !== null, group };
}
