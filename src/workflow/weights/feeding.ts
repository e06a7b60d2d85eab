import { moduleName } from '../../bids/units.js';
import type { ScannedModule } from '../../model/find/modules.js';
import type { UnitWeights, WeightFinder, Without } from '../../onnx/unit-weights.js';

/** A unit of a network. */
export interface NetworkUnit {
  /** As the atlas names it. */
  readonly module: string;
  /** In the module, from 0. */
  readonly index: number;
  readonly z: number;
}

/** A network's units. */
export interface NetworkUnits {
  readonly name: string;
  readonly units: readonly NetworkUnit[];
}

/** What of a network a matrix feeds. */
export interface Fed {
  readonly network: string;
  /** Of all modules that the matrix feeds: an activation function hands on what the one before it gave. */
  readonly units: number;
  /** The unit at each output of the matrix that is in the network: that of largest |z|. */
  readonly at: ReadonlyMap<number, NetworkUnit>;
}

/** A matrix of weights, with what it feeds of each network that it feeds. */
export interface FedMatrix {
  readonly weights: UnitWeights;
  /** The module whose weights they are: the first that is computed from them. */
  readonly module: ScannedModule;
  readonly fed: readonly Fed[];
}

/** Units of a network whose weights are not known. */
export interface LeftOut {
  readonly network: string;
  readonly module: string;
  readonly units: number;
  readonly why: Without;
}

/**
 * The matrices that feed networks, in the order in which the model computes them, and the units that no
 * matrix feeds.
 * @param modules all of the model, in that order
 */
export function findFed(
  networks: readonly NetworkUnits[],
  modules: readonly ScannedModule[],
  weightsOf: WeightFinder,
): { readonly matrices: readonly FedMatrix[]; readonly leftOut: readonly LeftOut[] } {
  const byName = new Map(modules.map((module) => [moduleName(module), weightsOf(module)]));
  const owned = new Map<UnitWeights, { readonly module: ScannedModule; readonly fed: Fed[] }>();
  for (const module of modules) {
    const weights = byName.get(moduleName(module))!;
    if (typeof weights !== 'string' && !owned.has(weights)) owned.set(weights, { module, fed: [] });
  }
  const leftOut: LeftOut[] = [];
  for (const { name: network, units } of networks) {
    const fed = new Map<UnitWeights, NetworkUnit[]>();
    for (const [module, own] of byModule(units)) {
      const weights = byName.get(module)!;
      if (typeof weights !== 'string') fed.set(weights, [...(fed.get(weights) ?? []), ...own]);
      else leftOut.push({ network, module, units: own.length, why: weights });
    }
    for (const [weights, own] of fed) {
      owned.get(weights)!.fed.push({ network, units: own.length, at: strongest(own) });
    }
  }
  const matrices = [...owned].map(([weights, own]) => ({ weights, ...own }));
  return { matrices: matrices.filter(({ fed }) => fed.length > 0), leftOut };
}

function byModule(units: readonly NetworkUnit[]): ReadonlyMap<string, readonly NetworkUnit[]> {
  const groups = new Map<string, NetworkUnit[]>();
  for (const unit of units) {
    const own = groups.get(unit.module) ?? [];
    groups.set(unit.module, own);
    own.push(unit);
  }
  return groups;
}

function strongest(units: readonly NetworkUnit[]): ReadonlyMap<number, NetworkUnit> {
  const at = new Map<number, NetworkUnit>();
  for (const unit of units) {
    const known = at.get(unit.index);
    if (!known || Math.abs(unit.z) > Math.abs(known.z)) at.set(unit.index, unit);
  }
  return at;
}
