import { join, relative, resolve } from 'node:path';
import type { Entities } from '../bids/entities.js';
import type { ModelContrast, StatsModel } from '../bids/stats-model.js';
import { DataError, DesignError } from '../core/errors.js';
import type { NetworkSummary, PairSummary } from '../core/network.js';
import type { Progress } from '../core/progress.js';
import { stageFolder, writeJson } from '../files/whole.js';
import type { NetworkRule } from '../glm/contrast/threshold.js';
import { splitTest } from './glm/contrasts.js';
import { requireGridsOfRuns } from './glm/grids.js';
import { type GroupPlan, planGroup } from './glm/group.js';
import { HEMODYNAMICS_WARNING, responseOf } from './glm/hemodynamics.js';
import { openInputs, type RunInput, type Selection } from './glm/inputs.js';
import type { ModuleRow } from './glm/modules.js';
import { type Network, pairsOf, writeNetworkTables } from './glm/networks.js';
import { groupEntities, grouped, middleNodes, type Outcome } from './glm/nodes.js';
import { requireLabel, writeDescription } from './glm/outputs.js';
import { type BrokenRun, fitDataset, fitPart, followsRuns, type Work } from './glm/part.js';
import {
  type GlmRequest,
  type Inference,
  type Specification,
  specify,
  VOLUMES_WARNING,
} from './glm/specification.js';
import {
  readStatsModel,
  refuseFlagsWith,
  runNodeOf,
  specificationOf,
  statsModelOf,
} from './glm/stats-model.js';

export interface GlmOptions extends GlmRequest, Selection {
  /** A BIDS dataset, or a recordings folder. */
  readonly dataset: string;
  readonly out: string;
  /** A BIDS Stats Model, instead of what the request says of the model. */
  readonly model?: string | undefined;
  /** Write maps of -log10 p. */
  readonly logP?: boolean | undefined;
  /** Write what the model leaves of the data. */
  readonly residuals?: boolean | undefined;
  readonly force: boolean;
  readonly command: string;
  readonly progress: Progress;
}

/** A network with what is known of its modules. */
export type GlmNetwork = NetworkSummary & { readonly modules?: readonly ModuleRow[] };

export interface GlmSummary {
  readonly out: string;
  readonly inference: Inference;
  readonly rule: NetworkRule;
  readonly runs: number;
  readonly networks: readonly GlmNetwork[];
  readonly overlaps: readonly PairSummary[];
  /** Runs with units that never change or are not finite. */
  readonly brokenUnits: readonly BrokenRun[];
  readonly warnings: readonly string[];
}

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

/**
 * Models every run, combines and thresholds, as flags or a BIDS Stats Model say (by default: fixed
 * effects over the runs of a subject's task). The output folder appears only when it is whole.
 */
export async function runGlm(options: GlmOptions): Promise<GlmSummary> {
  const given = await givenModel(options);
  const inputs = await openInputs(options.dataset, options);
  const plan = planGlm(inputs, given, options, await groupOf(inputs, options));
  return stageFolder(options.out, options, (root) => fitInto(root, plan));
}

/** The BIDS Stats Model that the options name, if they do. @throws as readStatsModel; DesignError */
export async function givenModel(options: GlmOptions): Promise<StatsModel | null> {
  if (options.model === undefined) return null;
  refuseFlagsWith(options);
  return readStatsModel(options.model);
}

/** What the group request compares, where there is one. @throws as planGroup */
async function groupOf(
  inputs: readonly RunInput[],
  { dataset, group, permutations, seed = 0 }: GlmOptions,
): Promise<GroupPlan | undefined> {
  if (!group) return undefined;
  const own = permutations === undefined ? null : { count: permutations, seed };
  return planGroup(dataset, group, { inputs, permutations: own });
}

/** @throws DesignError `seed`, and `no-permutations` where the threshold needs them and the model has none */
function requirePermutations({ rule, ...asked }: GlmOptions, model: StatsModel): void {
  if (asked.seed !== undefined && asked.permutations === undefined) {
    throw new DesignError('seed', {
      given: `--seed ${asked.seed} without permutations`,
      expected: 'a seed where something is drawn at random',
      todo: 'Ask for --permutations, or leave --seed out.',
    });
  }
  const has = ({ Model }: StatsModel['Nodes'][number]) =>
    Model.Software?.boldbridge?.permutations !== undefined;
  if (rule.method !== 'permutation' || model.Nodes.some(has)) return;
  throw new DesignError('no-permutations', {
    given: "threshold 'permutation' without permutations in the model",
    expected: 'Software.boldbridge.permutations at a node of level Run or Dataset',
    todo: 'Add it to the model, or ask for --permutations.',
  });
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

/** Fits what was planned, run after run, into a folder. */
export async function fitInto(root: string, plan: GlmPlan): Promise<GlmSummary> {
  const { options, inputs, specification, model, isGiven, group } = plan;
  const { out, command, dataset, rule } = options;
  const entities = inputs.map((input) => input.entities);
  const volumes = inputs.reduce((sum, { series }) => sum + series.volumes, 0);
  const isBids = inputs[0].source.startsWith('bids:');
  const raw = isBids ? relative(resolve(out), resolve(dataset)) : null;
  await writeDescription(root, { raw, command });
  const bar = options.progress.start('Modelling', { total: volumes, unit: 'volumes' });
  const work: Work = {
    root,
    options,
    model,
    specification,
    bar,
    written: new Map(),
    broken: [],
    notes: [],
  };
  const networks: Network[] = [];
  const forDataset = new Map<string, Outcome[]>();
  const listed = new Map<string, ModelContrast>();
  for (const runs of partsOf(inputs, model)) {
    const part = await fitPart(runs, work);
    networks.push(...part.networks);
    for (const contrast of part.listed) listed.set(contrast.Name, contrast);
    for (const [name, own] of part.outcomes)
      forDataset.set(name, [...(forDataset.get(name) ?? []), ...own]);
  }
  networks.push(...(await fitDataset(forDataset, work, inputs[0])));
  bar.finish();
  const own = statsModelOf(specification, { entities, listed: [...listed.values()], group });
  await writeJson(join(root, 'model_smdl.json'), isGiven ? model : own);
  const overlaps = pairsOf(networks);
  await writeNetworkTables(root, networks, overlaps);
  const { inference } = specification;
  return {
    out,
    inference,
    rule,
    runs: inputs.length,
    networks: networks.map(({ mask: _, ...summary }) => summary),
    overlaps,
    brokenUnits: work.broken,
    warnings: [
      ...(inference === 'volumes' ? [VOLUMES_WARNING] : []),
      ...(inputs.some(({ hemodynamics }) => hemodynamics) ? [HEMODYNAMICS_WARNING] : []),
      ...new Set(inputs.flatMap(({ notes = [], computedMask = [] }) => notes.concat(computedMask))),
      ...work.broken.map(describeBrokenRun),
      ...work.notes,
    ],
  };
}

function describeBrokenRun({ run, units, constant, notFinite, masked }: BrokenRun): string {
  const faults = [
    ...(constant > 0 ? [`${constant} never change`] : []),
    ...(notFinite > 0 ? [`${notFinite} hold values that are not finite`] : []),
  ];
  const treated = masked ? 'they were masked' : 'their t is 0';
  return `${run}: of ${units} units ${faults.join(' and ')}; ${treated}.`;
}

/** The runs that a model's Input asks for. */
function selected(inputs: readonly RunInput[], model: StatsModel | null): readonly RunInput[] {
  const wanted = Object.entries(model?.Input ?? {});
  const keys: Readonly<Record<string, keyof Entities>> = { subject: 'sub', session: 'ses' };
  const found = inputs.filter(({ entities }) =>
    wanted.every(([key, values]) =>
      (values ?? []).some((v) => String(v) === entities[keys[key] ?? (key as keyof Entities)]),
    ),
  );
  if (found.length > 0) return found;
  throw new DataError('nothing-selected', {
    given: "no run fits the model's Input",
    expected: 'a run of the subjects, sessions, tasks and runs asked for',
    todo: 'Check Input.',
  });
}

/** @throws DesignError `residuals` where there are none; `mixed-runs` where no node joins the runs */
function requireWritable(
  options: GlmOptions,
  { inference, noise }: Specification,
  model: StatsModel,
): void {
  if (inference === 'mixed' && !middleNodes(model).some((node) => followsRuns(model, node))) {
    throw new DesignError('mixed-runs', {
      given: "inference 'mixed' in a model without a node after its runs",
      expected:
        'a node of level Session or Subject after Run: its groups of runs are fitted together',
      todo: 'Add the node and an edge from the Run node to it.',
    });
  }
  if (!options.residuals || (inference === 'volumes' && noise !== 'arma')) return;
  throw new DesignError('residuals', {
    given: `--residuals with inference '${inference}', noise ${noise}`,
    expected: "inference 'volumes' with noise ols or ar1 to ar9",
    todo: 'Leave --residuals out, or ask for --inference volumes.',
  });
}

/** Runs that nodes below level Dataset combine, in parts that are never combined with each other. */
function partsOf(inputs: readonly RunInput[], model: StatsModel): RunInput[][] {
  const nodes = [runNodeOf(model), ...middleNodes(model)];
  const common = runNodeOf(model).GroupBy.filter((group) =>
    nodes.every(({ GroupBy }) => GroupBy.includes(group)),
  );
  return grouped(inputs, ({ entities }) => groupEntities(entities, common));
}
