import { type Module, placeUnits } from '../core/module.js';
import { readGraph } from '../onnx/graph.js';
import type { Candidate } from './candidates.js';
import { findCandidates } from './candidates.js';
import { loadTapped } from './load.js';
import type { ModelFolder } from './locate.js';
import { probe, type Tap } from './probe.js';

/** A module, with where its tokens lie in the tensor. */
export interface ScannedModule extends Module {
  readonly tokenAxis: number;
}

/** Outputs of the whole model that are no module's activation. */
const LOGITS = 'logits';

/**
 * The modules of a model in the order in which they are computed: every module's output, the
 * attention context and the residual stream; the logits are left out. Found from the graph
 * (candidates.ts) and from running the model on a few tokens (probe.ts); no list per architecture.
 */
export async function findModules(
  source: ModelFolder,
  skeleton: Uint8Array,
): Promise<ScannedModule[]> {
  const graph = readGraph(skeleton);
  const own = new Set(graph.outputs);
  const candidates = findCandidates(graph).filter(({ tensor }) => !own.has(tensor));
  const tensors = candidates.map(({ tensor }) => tensor);
  const loaded = await loadTapped(source, { skeleton, tensors });
  try {
    const taps = new Map((await probe(loaded, tensors)).map((tap) => [tap.tensor, tap]));
    return chooseModules(candidates, taps);
  } finally {
    await loaded.release();
  }
}

/**
 * One tensor per module path: where a module has several, the last one computed. Each tensor goes by
 * the innermost path it is chosen for.
 */
export function chooseModules(
  candidates: readonly Candidate[],
  taps: ReadonlyMap<string, Tap>,
): ScannedModule[] {
  const usable = candidates.filter(({ tensor }) => taps.has(tensor) && tensor !== LOGITS);
  const chosen = new Map<string, string>();
  for (const { tensor, paths } of usable) for (const path of paths) chosen.set(path, tensor);
  const modules = usable.flatMap(({ tensor, kind, depth, paths }) => {
    const path = paths.find((name) => chosen.get(name) === tensor);
    const tap = taps.get(tensor);
    return path && tap
      ? [{ path, depth, kind, tensor, width: tap.width, tokenAxis: tap.tokenAxis }]
      : [];
  });
  const placed = placeUnits(modules);
  return placed.map((module, i) => ({ ...module, tokenAxis: modules[i].tokenAxis }));
}
