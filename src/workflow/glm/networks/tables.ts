import { join } from 'node:path';
import type { NetworkSummary, PairSummary } from '../../../core/network.js';
import { formatTsv } from '../../../files/tsv.js';
import { writeText } from '../../../files/whole.js';
import { overlap } from '../../../networks/overlap.js';
import type { Network } from './network.js';

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
