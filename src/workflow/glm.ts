import { join, relative, resolve } from 'node:path';
import type { Entities } from '../bids/entities.js';
import type { ModelContrast, StatsModel } from '../bids/stats-model.js';
import { edgesOf } from '../bids/stats-model-graph.js';
import { arisingIn, DataError, DesignError } from '../core/errors.js';
import type { NetworkSummary, PairSummary } from '../core/network.js';
import type { Progress, ProgressBar } from '../core/progress.js';
import { stageFolder, writeJson } from '../files/whole.js';
import type { ThresholdRule, TopRule } from '../glm/contrast/threshold.js';
import { listedContrasts, splitTest } from './glm/contrasts.js';
import { overSubjects } from './glm/dataset-level.js';
import { fitJointly, fitRun, type RunFit } from './glm/fit-run.js';
import { openInputs, type RunInput, type Selection } from './glm/inputs.js';
import { type ModuleRow, moduleRows } from './glm/modules.js';
import { type Network, networkOf, pairsOf, writeNetworkTables } from './glm/networks.js';
import {
  averaged,
  groupEntities,
  grouped,
  inputsOf,
  lastNodes,
  middleNodes,
  type Outcome,
} from './glm/nodes.js';
import {
  describe,
  type Place,
  requireLabel,
  writeDescription,
  writeDesign,
  writeMaps,
  writeModules,
  writeNetwork,
  writeResiduals,
  writeRSquare,
} from './glm/outputs.js';
import {
  describeRule,
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
  readonly rule: ThresholdRule | TopRule;
  readonly runs: number;
  readonly networks: readonly GlmNetwork[];
  readonly overlaps: readonly PairSummary[];
  readonly warnings: readonly string[];
}

/** One fit of a dataset: what all its steps share. */
interface Work {
  readonly root: string;
  readonly options: GlmOptions;
  readonly model: StatsModel;
  readonly specification: Specification;
  readonly bar: ProgressBar;
  readonly written: Set<string>;
}

/**
 * Models every run, combines and thresholds, as flags or a BIDS Stats Model say (by default: fixed
 * effects over the runs of a subject's task). The output folder appears only when it is whole.
 */
export async function runGlm(options: GlmOptions): Promise<GlmSummary> {
  const { out, force, command, dataset, rule } = options;
  if (options.model !== undefined) refuseFlagsWith(options);
  const given = options.model === undefined ? null : await readStatsModel(options.model);
  const inputs = selected(await openInputs(dataset, options), given);
  for (const formula of options.contrasts) requireLabel(formula.split('=')[0].trim());
  for (const test of options.fContrasts ?? []) requireLabel(splitTest(test).name);
  const isNamed = ({ events }: RunInput) =>
    events.length > 0 && events.every(({ prompt }) => prompt !== undefined);
  const hasPrompts = inputs.every(isNamed);
  const specification = given ? specificationOf(given, hasPrompts) : specify(options, hasPrompts);
  const entities = inputs.map((input) => input.entities);
  const model = given ?? statsModelOf(specification, { entities, listed: [] });
  requireWritable(options, specification, model);
  const volumes = inputs.reduce((sum, { series }) => sum + series.volumes, 0);
  return stageFolder(out, { force }, async (root) => {
    const isBids = inputs[0].source.startsWith('bids:');
    const raw = isBids ? relative(resolve(out), resolve(dataset)) : null;
    await writeDescription(root, { raw, command });
    const bar = options.progress.start('Modelling', { total: volumes, unit: 'volumes' });
    const work: Work = { root, options, model, specification, bar, written: new Set() };
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
    await fitDataset(forDataset, work);
    bar.finish();
    const own = statsModelOf(specification, { entities, listed: [...listed.values()] });
    await writeJson(join(root, 'model_smdl.json'), given ?? own);
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
      warnings: inference === 'volumes' ? [VOLUMES_WARNING] : [],
    };
  });
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

const placeOf = ({ root, options }: Work, own: Omit<Place, 'root' | 'command'>): Place => ({
  ...{ root, command: options.command, entities: own.entities, grid: own.grid },
  sources: own.sources,
});

/** @throws DesignError `model-outputs` where two nodes make maps of one name */
async function writeOutcomes(outcomes: readonly Outcome[], work: Work): Promise<void> {
  for (const outcome of outcomes) {
    const { entities, maps, described } = outcome;
    const key = JSON.stringify([Object.entries(entities).sort(), maps.contrast]);
    if (work.written.has(key)) {
      throw new DesignError('model-outputs', {
        given: `two nodes that make maps of contrast '${maps.contrast}' of ${Object.values(entities).join(', ')}`,
        expected: 'nodes that group differently, so that their maps have names of their own',
        todo: 'Correct GroupBy or leave out a node.',
      });
    }
    work.written.add(key);
    await writeMaps(placeOf(work, outcome), maps, {
      described,
      logP: work.options.logP ?? false,
    });
  }
}

async function fitAndWrite(input: RunInput, work: Work) {
  const { options, specification, bar } = work;
  const fit = await fitRun(input, specification).catch((error: unknown) => {
    throw arisingIn(input.source, error);
  });
  const described = describe(fit);
  const { entities, grid, source, repetitionTime } = input;
  const place = placeOf(work, { entities, grid, sources: [source] });
  await writeDesign(place, fit.design, described);
  if (fit.rSquare) await writeRSquare(place, fit.rSquare, described);
  if (options.residuals && fit.residuals)
    await writeResiduals(place, { series: fit.residuals, repetitionTime, described });
  bar.advance(input.series.volumes);
  const outcomes = [...fit.maps.t, ...fit.maps.f].map(
    (maps): Outcome => ({ entities, maps, grid, sources: [source], described }),
  );
  await writeOutcomes(outcomes, work);
  return { fit: { ...fit, residuals: null }, outcomes };
}

/** A mixed model for each group of runs that a node combines. */
function joined(
  node: StatsModel['Nodes'][number],
  runs: readonly { readonly input: RunInput; readonly fit: RunFit }[],
) {
  const groups = grouped(runs, ({ input }) => groupEntities(input.entities, node.GroupBy));
  return groups.map((own) => {
    const [{ input, fit }] = own;
    const joint = fitJointly(own.map((run) => run.fit));
    const entities = groupEntities(input.entities, node.GroupBy);
    const sources = own.map((run) => run.input.source);
    const outcomes = joint.maps.t.map(
      (maps): Outcome => ({ entities, maps, grid: input.grid, sources, described: describe(fit) }),
    );
    return { outcomes, listed: listedOf(joint.contrasts, joint.design, fit.specification) };
  });
}

/** Contrasts that formulas gave, to be written into the model. */
function listedOf(
  contrasts: RunFit['contrasts'],
  run: RunFit['run'],
  { formulas, fFormulas }: Specification,
): ModelContrast[] {
  return listedContrasts(
    {
      t: formulas.length > 0 ? contrasts.t : [],
      f: fFormulas.length > 0 ? contrasts.f : [],
    },
    run,
  );
}

/** Whether a node combines runs themselves. */
const followsRuns = (model: StatsModel, { Name }: StatsModel['Nodes'][number]) =>
  edgesOf(model).some(
    ({ Source, Destination }) => Destination === Name && Source === runNodeOf(model).Name,
  );

/** Fits runs, and whatever nodes below level Dataset make of them. */
async function fitPart(runs: readonly RunInput[], work: Work) {
  const { model, specification } = work;
  const fits: { input: RunInput; fit: RunFit }[] = [];
  const outcomes = new Map<string, Outcome[]>();
  const ofRuns: Outcome[] = [];
  const listed: ModelContrast[] = [];
  for (const input of runs) {
    const { fit, outcomes: own } = await fitAndWrite(input, work);
    ofRuns.push(...own);
    listed.push(...listedOf(fit.contrasts, fit.run, specification));
    if (specification.inference === 'mixed') fits.push({ input, fit });
  }
  const runNode = runNodeOf(model).Name;
  outcomes.set(runNode, ofRuns);
  for (const node of middleNodes(model)) {
    const joint = fits.length > 0 && followsRuns(model, node) ? joined(node, fits) : null;
    const own = joint
      ? joint.flatMap((part) => part.outcomes)
      : averaged(node, inputsOf(model, node, outcomes));
    for (const part of joint ?? []) listed.push(...part.listed);
    await writeOutcomes(own, work);
    outcomes.set(node.Name, own);
  }
  const last = lastNodes(model).flatMap(({ Name }) => outcomes.get(Name) ?? []);
  return { outcomes, networks: await networksOf(runs[0], last, work), listed };
}

/** Thresholds t maps, two-sided; what is known of their modules where those are known. */
async function networksOf(
  input: RunInput,
  outcomes: readonly Outcome[],
  work: Work,
): Promise<Network[]> {
  const { rule } = work.options;
  const alpha = 'alpha' in rule ? rule.alpha : 0.05;
  const modules = await input.modules();
  const networks: Network[] = [];
  for (const outcome of outcomes) {
    const { maps, entities } = outcome;
    if (!('t' in maps)) continue;
    const place = placeOf(work, outcome);
    const network = networkOf(entities, maps, rule);
    const rows = modules && moduleRows({ maps, active: network.mask, modules, alpha });
    networks.push({ ...network, ...(rows && { modules: rows }) });
    const description = `Units with |z| of at least ${network.threshold ?? 'no value'}: ${describeRule(rule)}`;
    const { contrast } = maps;
    await writeNetwork(place, { contrast, active: network.mask, description });
    if (rows) await writeModules(place, contrast, { rows, alpha });
  }
  return networks;
}

/** The model's nodes of level Dataset. */
async function fitDataset(
  outcomes: ReadonlyMap<string, readonly Outcome[]>,
  work: Work,
): Promise<void> {
  const { model, options } = work;
  for (const node of model.Nodes.filter(({ Level }) => Level === 'Dataset')) {
    const inputs = inputsOf(model, node, outcomes);
    const isMeta = node.Model.Type.toLowerCase() === 'meta';
    const own = isMeta ? averaged(node, inputs) : await overSubjects(options.dataset, node, inputs);
    await writeOutcomes(own, work);
  }
}
