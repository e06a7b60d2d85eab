import { join } from 'node:path';
import type { Entities } from '../../bids/entities.js';
import type { NetworkSummary, PairSummary } from '../../core/network.js';
import type { ContrastMaps } from '../../core/statmap.js';
import { formatTsv } from '../../files/tsv.js';
import { writeText } from '../../files/whole.js';
import { applyThreshold, type ThresholdRule, type TopRule } from '../../glm/contrast/threshold.js';
import { overlap } from '../../networks/overlap.js';
import type { ModuleRow } from './modules.js';

/** A network with its units. */
export interface Network extends NetworkSummary {
  readonly mask: Uint8Array; // [units]
  /** What is known of each module and layer; absent where the modules are not known. */
  readonly modules?: readonly ModuleRow[];
}

/** Thresholds a contrast's map, two-sided. */
export function networkOf(
  entities: Entities,
  maps: ContrastMaps,
  rule: ThresholdRule | TopRule,
): Network {
  const { active, count, threshold } = applyThreshold({
    z: maps.z,
    rule,
    ...(maps.dofPerUnit && { dofPerUnit: maps.dofPerUnit }),
  });
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
export function pairsOf(networks: readonly Network[]): PairSummary[] {
  return networks.flatMap((a, i) =>
    networks
      .slice(i + 1)
      .filter((b) => b.subject === a.subject && b.session === a.session && b.units === a.units)
      .map((b) => {
        const { both, dice } = overlap(a.mask, b.mask);
        const names = { a: nameOf(a, networks), b: nameOf(b, networks) };
        return { subject: a.subject, session: a.session, ...names, both, dice };
      }),
  );
}

/** The contrast's name, with its task where another task has the same contrast. */
function nameOf({ task, contrast }: Network, networks: readonly Network[]): string {
  const shared = networks.some((other) => other.contrast === contrast && other.task !== task);
  return shared ? `${task}/${contrast}` : contrast;
}

/** networks.tsv and overlap.tsv. */
export async function writeNetworkTables(
  root: string,
  networks: readonly NetworkSummary[],
  pairs: readonly PairSummary[],
): Promise<void> {
  // biome-ignore format: the columns beside their values
  const ofNetworks = formatTsv(
    ['subject', 'session', 'task', 'contrast', 'units', 'active', 'positive', 'negative', 'z_threshold', 'dof'],
    networks.map((n) => [
      n.subject, n.session, n.task, n.contrast, n.units, n.active, n.positive, n.negative, n.threshold, n.dof,
    ]),
  );
  const ofPairs = formatTsv(
    ['subject', 'session', 'a', 'b', 'both', 'dice'],
    pairs.map((pair) => [pair.subject, pair.session, pair.a, pair.b, pair.both, pair.dice]),
  );
  await writeText(join(root, 'networks.tsv'), ofNetworks);
  await writeText(join(root, 'overlap.tsv'), ofPairs);
}
