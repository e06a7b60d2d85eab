import { join } from 'node:path';
import type { ModelContrast, StatsModel } from '../../bids/stats-model.js';
import { writeJson } from '../../files/whole.js';
import { grouped } from '../grouped.js';
import { rawDatasetOf } from '../raw-dataset.js';
import { HEMODYNAMICS_WARNING } from './design/response.js';
import type { RunInput } from './inputs/run-input.js';
import { runNodeOf } from './model/from-stats-model.js';
import { VOLUMES_WARNING } from './model/specification.js';
import { statsModelOf } from './model/to-stats-model.js';
import type { Network } from './networks/network.js';
import { pairsOf, writeNetworkTables } from './networks/tables.js';
import { middleNodes } from './nodes/graph.js';
import { groupEntities, type Outcome } from './nodes/outcome.js';
import type { GlmSummary } from './options.js';
import { writeDescription } from './outputs/describe.js';
import type { GlmPlan } from './plan.js';
import { fitDataset } from './steps/dataset.js';
import { fitPart } from './steps/part.js';
import type { BrokenRun, Work } from './steps/work.js';

/** Fits what was planned, run after run, into a folder. */
export async function fitInto(root: string, plan: GlmPlan): Promise<GlmSummary> {
  const { options, inputs, specification, model, isGiven, group } = plan;
  const { out, command, dataset, rule } = options;
  const entities = inputs.map((input) => input.entities);
  const volumes = inputs.reduce((sum, { series }) => sum + series.volumes, 0);
  await writeDescription(root, { raw: rawDatasetOf(inputs, { out, dataset }), command });
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

/** Runs that nodes below level Dataset combine, in parts that are never combined with each other. */
function partsOf(inputs: readonly RunInput[], model: StatsModel): RunInput[][] {
  const nodes = [runNodeOf(model), ...middleNodes(model)];
  const common = runNodeOf(model).GroupBy.filter((group) =>
    nodes.every(({ GroupBy }) => GroupBy.includes(group)),
  );
  return grouped(inputs, ({ entities }) => groupEntities(entities, common));
}
