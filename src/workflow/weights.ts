import { join } from 'node:path';
import { describeDerivative } from '../bids/describe-derivative.js';
import type { Progress } from '../core/progress.js';
import { writeTable } from '../files/described-table.js';
import { stageFolder } from '../files/whole.js';
import { writeSafetensors } from '../files/write-safetensors.js';
import { openUnitWeights } from '../onnx/unit-weights.js';
import { openInputs } from './glm/inputs/open-inputs.js';
import { describeRule } from './glm/networks/network.js';
import { findRecorded } from './lesion/model.js';
import {
  chosenTasks,
  noUnits,
  oneSession,
  type RecordedNetworks,
  unitsOf,
} from './lesion/networks-of.js';
import { placesOf } from './networks/places.js';
import { type Rule, readSessions } from './networks/session.js';
import { rawDatasetOf } from './raw-dataset.js';
import { findFed, type NetworkUnits } from './weights/feeding.js';
import { masksOf } from './weights/masks.js';
import { rankWeights } from './weights/rank.js';
import { FED_TABLE, type FedRow, fedRows, RANKED_TABLE, rankedRows } from './weights/tables.js';

export interface WeightsOptions extends RecordedNetworks {
  readonly out: string;
  /** Contrasts whose networks' weights are ranked; all by default. */
  readonly networks: readonly string[];
  /** Weights listed of each network. */
  readonly count: number;
  readonly force: boolean;
  readonly command: string;
  readonly progress: Progress;
}

export interface WeightsSummary {
  readonly out: string;
  readonly rule: Rule;
  /** Weights listed of each network; fewer where fewer feed it. */
  readonly count: number;
  readonly modules: readonly FedRow[];
}

/**
 * Ranks the weights that feed each network's units, and writes masks of them for fine-tuning. Weights
 * are read piece by piece; memory holds one mask. The folder appears when it is whole.
 * @throws DataError `data/no-network`, `data/which-session`, `data/no-units`; ModelError as findRecorded;
 * FileError `file/short-weights` and others of the weights; and as readSessions
 */
export async function runWeights(options: WeightsOptions): Promise<WeightsSummary> {
  const { dataset, maps, rule, direction, out, count, force, command, model, progress } = options;
  const inputs = await openInputs(dataset, options);
  const session = oneSession(await readSessions(inputs, { maps, rule }), dataset);
  const places = await placesOf(dataset, session);
  if (!places) throw noUnits(dataset);
  const networks = chosenTasks(session, options.networks).map((task): NetworkUnits => {
    const units = unitsOf(task, direction).map((u) => ({ ...places.units[u], z: task.whole.z[u] }));
    return { name: task.name, units };
  });
  const names = new Set(networks.flatMap(({ units }) => units.map(({ module }) => module)));
  const { subject } = session;
  const recorded = await findRecorded(dataset, { subject, names: [...names], model, progress });
  const { source, all } = recorded;
  const { matrices, leftOut } = findFed(networks, all, await openUnitWeights(source.file));
  const bar = progress.start('Reading weights', { total: matrices.length, unit: 'matrices' });
  const ranking = await rankWeights(matrices, {
    networks: networks.map(({ name }) => name),
    count,
    onMatrix: () => bar.advance(1),
  });
  bar.finish();
  const modules = networks.flatMap(({ name }) => fedRows(name, matrices, { leftOut, ranking }));
  return stageFolder(out, { force }, async (root) => {
    const raw = rawDatasetOf(inputs, { out, dataset });
    const readme = 'weights/README.md';
    const ignored = ['*.tsv', '*.json', '*.safetensors'];
    await describeDerivative(root, { title: 'weights', readme, raw, command, ignored });
    const sidecar = {
      Units: `${describeRule(rule)}; ${direction}`,
      Listed: count,
      Model: { SHA256: source.sha256 },
      Command: command,
    };
    await writeTable(join(root, 'weights'), RANKED_TABLE, rankedRows(ranking), sidecar);
    await writeTable(join(root, 'modules'), FED_TABLE, modules, sidecar);
    for (const { name } of networks) {
      const masks = masksOf(name, matrices, ranking.first.get(name)!);
      const about = { format: 'pt', network: name, model_sha256: source.sha256 };
      await writeSafetensors(join(root, maskFile(name)), masks, about);
    }
    return { out, rule, count, modules };
  });
}

/** A network's name may hold a slash (session.ts), which no label does. */
const maskFile = (network: string) => `mask-${network.replaceAll('/', '_')}.safetensors`;
