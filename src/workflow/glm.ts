import { join, relative, resolve } from 'node:path';
import type { Entities } from '../bids/entities.js';
import type { ModelContrast, StatsModel } from '../bids/stats-model.js';
import { DataError, DesignError } from '../core/errors.js';
import type { NetworkSummary, PairSummary } from '../core/network.js';
import type { Progress } from '../core/progress.js';
import { stageFolder, writeJson } from '../files/whole.js';
import type { ThresholdRule, TopRule } from '../glm/contrast/threshold.js';
import { splitTest } from './glm/contrasts.js';
import { openInputs, type RunInput, type Selection } from './glm/inputs.js';
import type { ModuleRow } from './glm/modules.js';
import { type Network, pairsOf, writeNetworkTables } from './glm/networks.js';
import { groupEntities, grouped, middleNodes, type Outcome } from './glm/nodes.js';
import { requireLabel, writeDescription } from './glm/outputs.js';
import { fitDataset, fitPart, followsRuns, type Work } from './glm/part.js';
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
  readonly rule: ThresholdRule | TopRule;
  readonly runs: number;
  readonly networks: readonly GlmNetwork[];
  readonly overlaps: readonly PairSummary[];
  readonly warnings: readonly string[];
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
