import { ModelError } from '../../core/errors.js';
import { type Module, placeUnits } from '../../core/module.js';
import { readGraph } from '../../onnx/graph.js';
import { loadTapped } from '../open/load.js';
import type { ModelFolder } from '../open/locate.js';
import type { Candidate } from './candidates.js';
import { findCandidates } from './candidates.js';
import { probe, type Tap, type TapDtype } from './probe.js';

/** A module, with where its tokens lie in the tensor and what its values are. */
export interface ScannedModule extends Module {
  readonly tokenAxis: number;
  readonly gateShape: readonly number[];
  readonly dtype: TapDtype;
}

/** The model's answer, which is no module's activation. */
const LOGITS = 'logits';

/**
 * The modules of a model in the order in which they are computed: every module's output, the
 * attention context and the residual stream; the head's logits are left out. Found from the graph
 * (candidates.ts) and from running the model on a few tokens (probe.ts); no list per architecture.
 * @throws ModelError `model/no-modules-found`
 */
export async function findModules(
  source: ModelFolder,
  skeleton: Uint8Array,
): Promise<ScannedModule[]> {
  const graph = readGraph(skeleton);
  const candidates = findCandidates(graph);
  const tensors = [...candidates.map(({ tensor }) => tensor), LOGITS];
  const tapped = graph.outputs.includes(LOGITS) ? tensors : tensors.slice(0, -1);
  const loaded = await loadTapped(source, { skeleton, tensors: tapped });
  try {
    const taps = new Map((await probe(loaded, tapped)).map((tap) => [tap.tensor, tap]));
    const modules = chooseModules(candidates, taps);
    if (modules.length > 0) return modules;
    throw new ModelError('no-modules-found', {
      given: `the model ${source.file}, whose nodes tell no module they belong to`,
      expected:
        "nodes named after modules (/model/layers.0/fc1/MatMul), or torch's metadata of scopes",
      todo: 'Export the model again with torch, Optimum or onnxruntime-genai, its names kept.',
    });
  } finally {
    await loaded.release();
  }
}

/**
 * One tensor per module path: where a module has several, the last one computed. Each tensor goes by
 * the innermost path it is chosen for. Tensors of the logits' width after the layers are the head's.
 */
export function chooseModules(
  candidates: readonly Candidate[],
  taps: ReadonlyMap<string, Tap>,
): ScannedModule[] {
  const vocabulary = taps.get(LOGITS)?.width;
  const usable = candidates.flatMap((candidate) => {
    const tap = taps.get(candidate.tensor);
    const ofHead = candidate.depth === 'head' && tap?.width === vocabulary;
    return tap && !ofHead && candidate.tensor !== LOGITS ? [{ ...candidate, tap }] : [];
  });
  const chosen = new Map<string, string>();
  for (const { tensor, paths } of usable) for (const path of paths) chosen.set(path, tensor);
  const modules = usable.flatMap(({ tensor, kind, depth, paths, tap }) => {
    const path = paths.find((name) => chosen.get(name) === tensor);
    const { width, tokenAxis, gateShape, dtype } = tap;
    const own = { path, depth, kind, tensor, width, tokenAxis, gateShape, dtype };
    return path === undefined ? [] : [{ ...own, path }];
  });
  const placed = placeUnits(modules);
  return modules.map((module, i) => ({ ...module, firstUnit: placed[i].firstUnit }));
}
