import type { ModelContrast, StatsModel } from '../../bids/stats-model.js';
import { edgesOf } from '../../bids/stats-model-graph.js';
import { arisingIn, DesignError } from '../../core/errors.js';
import type { ProgressBar } from '../../core/progress.js';
import type { ThresholdRule, TopRule } from '../../glm/contrast/threshold.js';
import { listedContrasts } from './contrasts.js';
import { overSubjects } from './dataset-level.js';
import { fitJointly, fitRun, type RunFit } from './fit-run.js';
import type { RunInput } from './inputs.js';
import { moduleRows } from './modules.js';
import { type Network, networkOf } from './networks.js';
import {
  averaged,
  groupEntities,
  grouped,
  inputsOf,
  lastNodes,
  middleNodes,
  type Outcome,
} from './nodes.js';
import {
  describe,
  type Place,
  writeDesign,
  writeMaps,
  writeModules,
  writeNetwork,
  writeResiduals,
  writeRSquare,
} from './outputs.js';
import { describeRule, type Specification } from './specification.js';
import { runNodeOf } from './stats-model.js';

/** One fit of a dataset: what all its steps share. */
export interface Work {
  readonly root: string;
  readonly options: {
    readonly dataset: string;
    readonly command: string;
    readonly rule: ThresholdRule | TopRule;
    readonly logP?: boolean | undefined;
    readonly residuals?: boolean | undefined;
  };
  readonly model: StatsModel;
  readonly specification: Specification;
  readonly bar: ProgressBar;
  readonly written: Set<string>;
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
export const followsRuns = (model: StatsModel, { Name }: StatsModel['Nodes'][number]) =>
  edgesOf(model).some(
    ({ Source, Destination }) => Destination === Name && Source === runNodeOf(model).Name,
  );

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
export async function fitDataset(
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
