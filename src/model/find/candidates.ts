import type { Depth, ModuleKind } from '../../core/module.js';
import { type Flow, flowOf } from '../../onnx/flow.js';
import type { Graph } from '../../onnx/graph.js';
import { type Scope, within } from '../../onnx/scope.js';
import { findContexts } from './attention.js';
import { depthsOf } from './depth.js';
import { addsAndNormalises, passesOn, readersOfValues, sourceOf } from './operators.js';
import { findResiduals } from './residuals.js';

/** A tensor that may be recorded, and the names it goes by. */
export interface Candidate {
  readonly tensor: string;
  readonly kind: ModuleKind;
  /** Modules whose output (or input, by kind) the tensor is, innermost first. */
  readonly paths: readonly string[];
  readonly depth: Depth;
}

const path = (scope: Scope) => `/${scope.join('/')}`;

/**
 * The tensors worth recording, found from the graph alone, in the order in which they are computed:
 * the output of every module (a dynamic tensor produced inside its scope and read outside it), the
 * attention context (what enters attention's output projection) and the residual stream (what enters
 * a normalisation and is summed). A tensor that is several of these is listed once, with all its
 * names. Copies in another type or shape, and parts, stand for the tensor they come from. Whether a tensor has
 * one vector of values per token is for a probe run to say (probe.ts).
 */
export function findCandidates(graph: Graph): Candidate[] {
  const flow = flowOf(graph);
  const names = new Map<string, { paths: string[]; kind: ModuleKind }>();
  const add = (tensor: string, kind: ModuleKind, paths: string[]) => {
    if (paths.length === 0 || !flow.isDynamic(tensor) || flow.makerOf(tensor) < 0) return;
    const known = names.get(tensor);
    const merged = [...new Set([...(known?.paths ?? []), ...paths])];
    names.set(tensor, { paths: merged, kind: kind === 'output' ? (known?.kind ?? kind) : kind });
  };

  for (const node of flow.nodes) {
    if (passesOn(node)) continue;
    const results = addsAndNormalises(node) ? node.outputs.slice(0, 1) : node.outputs;
    for (const tensor of results.filter(Boolean)) {
      add(tensor, 'output', modulesLeft(node.scope, readersOf(flow, tensor)));
    }
  }
  for (const { tensor, scope } of findContexts(flow)) {
    add(tensor, 'context', [`${path(scope)}/context`]);
  }
  for (const { tensor, scope } of findResiduals(flow)) {
    add(tensor, 'residual', [`${path(scope)}/residual`]);
  }

  for (const [tensor, { paths, kind }] of names) {
    const source = sourceOf(flow, tensor, 'shapes');
    if (source === tensor || !names.has(source)) continue;
    names.delete(tensor);
    add(source, kind, paths);
  }

  const depthOf = depthsOf(flow);
  return [...names]
    .map(([tensor, found]) => ({ tensor, ...found, at: flow.makerOf(tensor) }))
    .sort((a, b) => a.at - b.at || Number(b.kind === 'residual') - Number(a.kind === 'residual'))
    .map(({ at, tensor, kind, paths }) => ({ tensor, kind, paths, depth: depthOf(at) }));
}

/** The scopes that read a tensor or a copy of it; the model's outputs are read outside every module. */
function readersOf(flow: Flow, tensor: string): Scope[] {
  const readers = readersOfValues(flow, tensor);
  const made = [tensor, ...readers.filter(passesOn).flatMap((node) => node.outputs)];
  return [...readers.map(({ scope }) => scope), ...(made.some(flow.isOutput) ? [[]] : [])];
}

/** The modules a tensor leaves, innermost first. */
function modulesLeft(scope: Scope, readers: readonly Scope[]): string[] {
  const left: string[] = [];
  for (let length = scope.length; length > 0; length--) {
    const module = scope.slice(0, length);
    if (readers.some((reader) => !within(reader, module))) left.push(path(module));
  }
  return left;
}
