import type { ModelContrast, StatsModel } from '../../bids/stats-model.js';
import { edgesOf } from '../../bids/stats-model-graph.js';
import { arisingIn, DesignError } from '../../core/errors.js';
import type { ProgressBar } from '../../core/progress.js';
import type { NetworkRule } from '../../glm/contrast/threshold.js';
import { listedContrasts } from './contrasts.js';
import { overSubjects } from './dataset-level.js';
import { type BrokenCount, countUnmoved, fitJointly, fitRun, type RunFit } from './fit-run.js';
import type { RunInput } from './inputs.js';
import { moduleRows } from './modules.js';
import { writeComputedMask, writeModules, writeNetwork } from './network-outputs.js';
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
  writePermuted,
  writeResiduals,
  writeRSquare,
} from './outputs.js';
import { type Permuted, permutePrompts, smallestP } from './permuted.js';
import { describeRule, type Specification } from './specification.js';
import { runNodeOf } from './stats-model.js';

/** One fit of a dataset: what all its steps share. */
export interface Work {
  readonly root: string;
  readonly options: {
    readonly dataset: string;
    readonly command: string;
    readonly rule: NetworkRule;
    readonly logP?: boolean | undefined;
    readonly residuals?: boolean | undefined;
  };
  readonly model: StatsModel;
  readonly specification: Specification;
  readonly bar: ProgressBar;
  /** Sources of the maps that are written, by what their names say. */
  readonly written: Map<string, string>;
  /** Runs with units from which no statistic can be made, as they are found. */
  readonly broken: BrokenRun[];
  /** What the user should know of the results, a sentence each. */
  readonly notes: string[];
}

/** How many units of a run (or of runs fitted together) are broken. */
export interface BrokenRun extends BrokenCount {
  readonly run: string;
  readonly units: number;
}

function note(work: Work, run: string, units: number, found: BrokenCount | null): void {
  if (found && found.constant + found.notFinite > 0) work.broken.push({ run, units, ...found });
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
    const sources = JSON.stringify(outcome.sources);
    // Fixed effects of a single map are that map, where nothing in its name changes either.
    if (work.written.get(key) === sources) continue;
    if (work.written.has(key)) {
      throw new DesignError('model-outputs', {
        given: `two nodes that make maps of contrast '${maps.contrast}' of ${Object.values(entities).join(', ')}`,
        expected: 'nodes that group differently, so that their maps have names of their own',
        todo: 'Correct GroupBy or leave out a node.',
      });
    }
    work.written.set(key, sources);
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
  note(work, input.source, input.series.units, fit.broken);
  const described = describe(fit);
  const { entities, grid, source, repetitionTime } = input;
  const place = placeOf(work, { entities, grid, sources: [source] });
  if (input.computedMask) await writeComputedMask(place, input.computedMask);
  await writeDesign(place, fit.design, { described, contrasts: fit.contrasts });
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
  work: Work,
) {
  const groups = grouped(runs, ({ input }) => groupEntities(input.entities, node.GroupBy));
  return groups.map((own) => {
    const [{ input, fit }] = own;
    const joint = fitJointly(own.map((run) => run.fit));
    const entities = groupEntities(input.entities, node.GroupBy);
    const sources = own.map((run) => run.input.source);
    const broken = countUnmoved(joint.maps);
    note(work, sources.join(', '), input.series.units, broken);
    const described = describe({ ...fit, broken });
    const outcomes = [...joint.maps.t, ...joint.maps.f].map(
      (maps): Outcome => ({ entities, maps, grid: input.grid, sources, described }),
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
    const { maps, entities, permuted } = outcome;
    if (!('t' in maps)) continue;
    const place = placeOf(work, outcome);
    if (permuted) await writePermuted(place, permuted, { described: outcome.described, alpha });
    if (permuted && rule.method === 'permutation') noteReach(permuted, alpha, work);
    const network = networkOf(entities, { maps, permuted }, rule);
    if (!network) continue;
    const rows = modules && moduleRows({ maps, active: network.mask, modules, alpha });
    networks.push({ ...network, ...(rows && { modules: rows }) });
    const description = `Units with |z| of at least ${network.threshold ?? 'no value'}: ${describeRule(rule)}`;
    const { contrast } = maps;
    await writeNetwork(place, { contrast, active: network.mask, description });
    if (rows) await writeModules(place, contrast, { rows, alpha });
  }
  return networks;
}

/** Says where no unit can be active, however strongly it responds. */
function noteReach(permuted: Permuted, alpha: number, work: Work): void {
  const least = smallestP(permuted);
  if (least <= alpha) return;
  const { contrast, permutations, exchanged } = permuted;
  work.notes.push(
    `Contrast ${contrast}: ${permutations} rearrangements of ${exchanged} give a p of ${least.toPrecision(3)} at least, so that no unit can be active at ${alpha}.`,
  );
}

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
