import { join, relative, resolve } from 'node:path';
import type { Entities } from '../bids/entities.js';
import { DesignError } from '../core/errors.js';
import type { Progress } from '../core/progress.js';
import type { ContrastMaps } from '../core/statmap.js';
import { formatTsv } from '../files/tsv.js';
import { stageFolder, writeText } from '../files/whole.js';
import { combineRuns } from '../glm/fixed-effects.js';
import { applyThreshold, type ThresholdRule } from '../glm/threshold.js';
import { overlap } from '../networks/overlap.js';
import { fitRun, type RunFit } from './glm/fit-run.js';
import { openInputs, type RunInput, type Selection } from './glm/inputs.js';
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

/** The units a contrast's threshold chose. */
export interface NetworkSummary {
  readonly subject: string;
  readonly session: string | null;
  readonly task: string;
  readonly contrast: string;
  readonly units: number;
  readonly active: number;
  readonly positive: number;
  readonly negative: number;
  /** |z| an active unit reaches; null where none does. */
  readonly threshold: number | null;
  readonly dof: number;
}

export interface PairSummary {
  readonly subject: string;
  readonly session: string | null;
  readonly a: string;
  readonly b: string;
  readonly both: number;
  readonly dice: number | null;
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

interface Network extends NetworkSummary {
  readonly mask: Uint8Array; // [units]
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
        const fit = await fitRun(input, options);
        await writeRun({ root, command, ...placeOf(input) }, fit);
        fits.push(fit);
        bar.advance(input.series.volumes);
      }
      inference = fits[0].specification.inference;
      networks.push(...(await combine(runs, fits, { root, command, rule })));
    }
    bar.finish();
    const overlaps = pairs(networks);
    await writeTables(root, networks, overlaps);
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

/** Fixed effects over runs, thresholded. */
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
    if (runs.length > 1) await writeMaps(place, combined, fits[0].specification);
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

function networkOf(entities: Entities, maps: ContrastMaps, rule: ThresholdRule): Network {
  const { active, count, threshold } = applyThreshold({ z: maps.z, rule });
  const positive = active.reduce((sum, on, u) => sum + (on && maps.z[u] > 0 ? 1 : 0), 0);
  return {
    subject: entities.sub ?? '',
    session: entities.ses ?? null,
    task: entities.task ?? '',
    contrast: maps.contrast,
    units: maps.z.length,
    active: count,
    positive,
    negative: count - positive,
    threshold: Number.isFinite(threshold) ? threshold : null,
    dof: maps.dof,
    mask: active,
  };
}

/** Every pair of networks of one subject's session. */
function pairs(networks: readonly Network[]): PairSummary[] {
  return networks.flatMap((a, i) =>
    networks
      .slice(i + 1)
      .filter((b) => b.subject === a.subject && b.session === a.session && b.units === a.units)
      .map((b) => ({
        subject: a.subject,
        session: a.session,
        a: nameOf(a, networks),
        b: nameOf(b, networks),
        ...overlap(a.mask, b.mask),
      })),
  );
}

/** The contrast's name, with its task where another task has the same contrast. */
function nameOf(network: Network, networks: readonly Network[]): string {
  const { task, contrast } = network;
  const shared = networks.some((other) => other.contrast === contrast && other.task !== task);
  return shared ? `${task}/${contrast}` : contrast;
}

async function writeTables(
  root: string,
  networks: readonly Network[],
  overlaps: readonly PairSummary[],
): Promise<void> {
  await writeText(
    join(root, 'networks.tsv'),
    formatTsv(
      [
        'subject',
        'session',
        'task',
        'contrast',
        'units',
        'active',
        'positive',
        'negative',
        'z_threshold',
        'dof',
      ],
      networks.map((n) => [
        n.subject,
        n.session,
        n.task,
        n.contrast,
        n.units,
        n.active,
        n.positive,
        n.negative,
        n.threshold,
        n.dof,
      ]),
    ),
  );
  await writeText(
    join(root, 'overlap.tsv'),
    formatTsv(
      ['subject', 'session', 'a', 'b', 'both', 'dice'],
      overlaps.map((o) => [o.subject, o.session, o.a, o.b, o.both, o.dice]),
    ),
  );
}
