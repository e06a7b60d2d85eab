import { relative, resolve } from 'node:path';
import type { Entities } from '../bids/entities.js';
import { arisingIn, DesignError } from '../core/errors.js';
import type { NetworkSummary, PairSummary } from '../core/network.js';
import type { Progress } from '../core/progress.js';
import type { ContrastMaps } from '../core/statmap.js';
import { stageFolder } from '../files/whole.js';
import { combineRuns } from '../glm/contrast/fixed-effects.js';
import type { ThresholdRule } from '../glm/contrast/threshold.js';
import { fitRun, type RunFit } from './glm/fit-run.js';
import { openInputs, type RunInput, type Selection } from './glm/inputs.js';
import { type Network, networkOf, pairsOf, writeNetworkTables } from './glm/networks.js';
import {
  type Place,
  requireLabel,
  writeDescription,
  writeDesign,
  writeMaps,
  writeNetwork,
} from './glm/outputs.js';
import {
  describeRule,
  type GlmRequest,
  type Inference,
  VOLUMES_WARNING,
} from './glm/specification.js';

export interface GlmOptions extends GlmRequest, Selection {
  /** A BIDS dataset, or a recordings folder. */
  readonly dataset: string;
  readonly out: string;
  readonly force: boolean;
  readonly command: string;
  readonly progress: Progress;
}

export interface GlmSummary {
  readonly out: string;
  readonly inference: Inference;
  readonly rule: ThresholdRule;
  readonly runs: number;
  readonly networks: readonly NetworkSummary[];
  readonly overlaps: readonly PairSummary[];
  readonly warnings: readonly string[];
}

/**
 * Models every run, combines the runs of a subject's task (fixed effects), and thresholds. The output
 * folder appears only when it is whole.
 */
export async function runGlm(options: GlmOptions): Promise<GlmSummary> {
  const { out, force, command, dataset, rule } = options;
  const inputs = await openInputs(dataset, options);
  for (const formula of options.contrasts) requireLabel(formula.split('=')[0].trim());
  const volumes = inputs.reduce((sum, { series }) => sum + series.volumes, 0);
  return stageFolder(out, { force }, async (root) => {
    const isBids = inputs[0].source.startsWith('bids:');
    const raw = isBids ? relative(resolve(out), resolve(dataset)) : null;
    await writeDescription(root, { raw, command });
    const bar = options.progress.start('Modelling', { total: volumes, unit: 'volumes' });
    const networks: Network[] = [];
    let inference: Inference = 'volumes';
    for (const runs of groupRuns(inputs)) {
      const fits: RunFit[] = [];
      for (const input of runs) {
        const fit = await fitRun(input, options).catch((error: unknown) => {
          throw arisingIn(input.source, error);
        });
        await writeRun({ root, command, ...placeOf(input) }, fit);
        fits.push(fit);
        bar.advance(input.series.volumes);
      }
      inference = fits[0].specification.inference;
      networks.push(...(await combine(runs, fits, { root, command, rule })));
    }
    bar.finish();
    const overlaps = pairsOf(networks);
    await writeNetworkTables(root, networks, overlaps);
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

function placeOf({ entities, grid, source }: RunInput): Omit<Place, 'root' | 'command'> {
  return { entities, grid, sources: [source] };
}

async function writeRun(place: Place, fit: RunFit): Promise<void> {
  await writeDesign(place, fit);
  for (const maps of fit.maps) await writeMaps(place, maps, fit.specification);
}

/** The runs of each subject, session and task. */
function groupRuns(inputs: readonly RunInput[]): RunInput[][] {
  const groups = new Map<string, RunInput[]>();
  for (const input of inputs) {
    const { run: _, ...rest } = input.entities;
    const key = JSON.stringify(rest);
    groups.set(key, [...(groups.get(key) ?? []), input]);
  }
  return [...groups.values()];
}

/** Fixed effects over a task's runs, thresholded. */
async function combine(
  runs: readonly RunInput[],
  fits: readonly RunFit[],
  options: { readonly root: string; readonly command: string; readonly rule: ThresholdRule },
): Promise<Network[]> {
  const { rule, ...rest } = options;
  const { run: _, ...entities } = runs[0].entities;
  const sources = runs.map(({ source }) => source);
  const place = { ...rest, entities, grid: runs[0].grid, sources };
  const networks: Network[] = [];
  for (const { contrast } of fits[0].maps) {
    const combined = combineRuns(fits.map((fit) => mapsNamed(fit, contrast, entities)));
    await writeMaps(place, combined, fits[0].specification);
    const network = networkOf(entities, combined, rule);
    networks.push(network);
    const description = `Units with |z| of at least ${network.threshold ?? 'no value'}: ${describeRule(rule)}`;
    await writeNetwork(place, { contrast, active: network.mask, description });
  }
  return networks;
}

function mapsNamed(fit: RunFit, contrast: string, entities: Entities): ContrastMaps {
  const maps = fit.maps.find((candidate) => candidate.contrast === contrast);
  if (maps) return maps;
  throw new DesignError('contrast-not-in-all-runs', {
    given: `the contrast '${contrast}', which one of the runs of task ${entities.task} does not have`,
    expected: 'the same contrasts in all runs of a task',
    todo: 'Name contrasts that all runs have with --contrast.',
  });
}
