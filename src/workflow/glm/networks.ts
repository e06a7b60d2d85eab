import { join } from 'node:path';
import type { Entities } from '../../bids/entities.js';
import type { NetworkSummary, PairSummary } from '../../core/network.js';
import type { ContrastMaps } from '../../core/statmap.js';
import { formatTsv } from '../../files/tsv.js';
import { writeText } from '../../files/whole.js';
import { applyThreshold, type NetworkRule, type Threshold } from '../../glm/contrast/threshold.js';
import { overlap } from '../../networks/overlap.js';
import type { ModuleRow } from './modules.js';
import type { Permuted } from './permuted.js';

/** A network with its units. */
export interface Network extends NetworkSummary {
  readonly mask: Uint8Array; // [units]
  /** What is known of each module and layer; absent where the modules are not known. */
  readonly modules?: readonly ModuleRow[];
}

/** The units whose corrected p is small enough, and the smallest |z| among them. */
function byPermutation(z: Float64Array, pFwe: Float64Array, alpha: number): Threshold {
  const active = Uint8Array.from(pFwe, (p) => (p <= alpha ? 1 : 0)); // [units]
  let [count, threshold] = [0, Number.POSITIVE_INFINITY];
  active.forEach((on, u) => {
    count += on;
    if (on) threshold = Math.min(threshold, Math.abs(z[u]));
  });
  return { active, count, threshold };
}

/** Thresholds a contrast's map, two-sided; null where the rule needs permutations and there are none. */
export function networkOf(
  entities: Entities,
  own: { readonly maps: ContrastMaps; readonly permuted?: Permuted | undefined },
  rule: NetworkRule,
): Network | null {
  const { maps, permuted } = own;
  if (rule.method === 'permutation' && !permuted) return null;
  const { active, count, threshold } =
    rule.method === 'permutation'
      ? byPermutation(maps.z, permuted!.pFwe, rule.alpha)
      : applyThreshold({
          z: maps.z,
          rule,
          ...(maps.dofPerUnit && { dofPerUnit: maps.dofPerUnit }),
        });
  const positive = active.reduce((sum, on, u) => sum + (on && maps.z[u] > 0 ? 1 : 0), 0);
  return {
    subject: entities.sub ?? 'group',
    session: entities.ses ?? null,
    task: entities.task ?? '',
    ...(entities.acq !== undefined && { acquisition: entities.acq }),
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
      .filter((b) => b.acquisition === a.acquisition)
      .map((b) => {
        const { both, dice } = overlap(a.mask, b.mask);
        const names = { a: nameOf(a, networks), b: nameOf(b, networks) };
        return { subject: a.subject, session: a.session, ...names, both, dice };
      }),
  );
}

/** The contrast's name, with its task and series where others have the same contrast. */
function nameOf({ task, acquisition, contrast }: Network, networks: readonly Network[]): string {
  const same = networks.filter((other) => other.contrast === contrast);
  const name = same.some((other) => other.task !== task) ? `${task}/${contrast}` : contrast;
  const shared = same.some((other) => other.acquisition !== acquisition);
  return shared && acquisition !== undefined ? `${name} acq-${acquisition}` : name;
}

/** networks.tsv and overlap.tsv. */
export async function writeNetworkTables(
  root: string,
  networks: readonly NetworkSummary[],
  pairs: readonly PairSummary[],
): Promise<void> {
  const bySeries = networks.some(({ acquisition }) => acquisition !== undefined);
  // biome-ignore format: the columns beside their values
  const ofNetworks = formatTsv(
    ['subject', 'session', 'task', ...(bySeries ? ['acquisition'] : []), 'contrast', 'units', 'active', 'positive', 'negative', 'z_threshold', 'dof'],
    networks.map((n) => [
      n.subject, n.session, n.task, ...(bySeries ? [n.acquisition ?? null] : []), n.contrast, n.units, n.active, n.positive, n.negative, n.threshold, n.dof,
    ]),
  );
  const ofPairs = formatTsv(
    ['subject', 'session', 'a', 'b', 'both', 'dice'],
    pairs.map((pair) => [pair.subject, pair.session, pair.a, pair.b, pair.both, pair.dice]),
  );
  await writeText(join(root, 'networks.tsv'), ofNetworks);
  await writeText(join(root, 'overlap.tsv'), ofPairs);
}
