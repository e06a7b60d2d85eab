import { type Permuted, smallestP } from '../fit/permuted.js';
import type { RunInput } from '../inputs/run-input.js';
import { moduleRows, writeModules } from '../networks/modules.js';
import { describeRule, type Network, networkOf } from '../networks/network.js';
import type { Outcome } from '../nodes/outcome.js';
import { writePermuted } from '../outputs/maps.js';
import { writeNetwork } from '../outputs/network-images.js';
import { placeOf, type Work } from './work.js';

/** Thresholds t maps, two-sided; what is known of their modules where those are known. */
export async function networksOf(
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
