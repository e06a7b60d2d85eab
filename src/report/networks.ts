import type { NetworkSummary, PairSummary } from '../core/network.js';
import { count, table } from './text.js';

/** Units active per task, and the overlap of every pair of networks, as text. */
export function showNetworks(
  found: {
    readonly networks: readonly NetworkSummary[];
    readonly overlaps: readonly PairSummary[];
  },
  how: string,
): string {
  const several = new Set(found.networks.map(({ subject, session }) => `${subject}/${session}`));
  const rows = found.networks.map((n) => [
    several.size > 1 ? `${n.subject} ${n.session ?? ''}` : '',
    taskOf(n),
    n.contrast,
    count(n.active),
    count(n.units),
    `${((100 * n.active) / n.units).toFixed(1)}%`,
    count(n.positive),
    count(n.negative),
  ]);
  const header = ['', 'task', 'contrast', 'active', 'of units', 'share', 'more', 'less'];
  return [
    `Units active per task (${how})`,
    table([header, ...rows], true),
    ...(several.size === 1 && found.overlaps.length > 0 ? [showOverlap(found.overlaps)] : []),
  ].join('\n');
}

/** Of each layer, the share of units that respond at least, as text; nothing where layers are unknown. */
export function showLayers(
  networks: readonly (Pick<NetworkSummary, 'task' | 'acquisition' | 'contrast'> & {
    readonly modules?: readonly {
      readonly level: string;
      readonly name: string;
      readonly proportion: number;
    }[];
  })[],
): string {
  const known = networks.flatMap(({ modules, ...rest }) => (modules ? [{ ...rest, modules }] : []));
  if (known.length === 0) return '';
  const layersOf = (modules: (typeof known)[number]['modules']) =>
    modules.filter(({ level }) => level === 'layer');
  const names = [...new Set(known.flatMap(({ modules }) => layersOf(modules).map((l) => l.name)))];
  const rows = known.map(({ modules, ...own }) => [
    taskOf(own),
    own.contrast,
    ...names.map((name) => {
      const layer = layersOf(modules).find((own) => own.name === name);
      return layer ? `${(100 * layer.proportion).toFixed(1)}%` : '-';
    }),
  ]);
  const title = 'Units of each layer that respond at least (all-resolutions inference)';
  return `${title}\n${table([['task', 'contrast', ...names], ...rows], true)}`;
}

/** The task, and the series where several of it stand side by side. */
const taskOf = ({ task, acquisition }: Pick<NetworkSummary, 'task' | 'acquisition'>) =>
  acquisition === undefined ? task : `${task} acq-${acquisition}`;

/** The overlaps of one session's networks as a triangle. */
export function showOverlap(overlaps: readonly Pick<PairSummary, 'a' | 'b' | 'dice'>[]): string {
  const names = [...new Set(overlaps.flatMap(({ a, b }) => [a, b]))];
  const dice = new Map(overlaps.map((pair) => [`${pair.a}\t${pair.b}`, pair.dice]));
  const rows = names.map((name, i) => [
    `${i + 1} ${name}`,
    ...names.slice(0, -1).map((other, j) => {
      if (j >= i) return '';
      return dice.get(`${other}\t${name}`)?.toFixed(2) ?? '-';
    }),
  ]);
  const header = ['', ...names.slice(0, -1).map((_, j) => String(j + 1))];
  return `Overlap of every pair of networks (Dice)\n${table([header, ...rows], true)}`;
}
