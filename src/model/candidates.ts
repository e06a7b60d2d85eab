import type { Depth, ModuleKind } from '../core/module.js';
import type { Graph, Node } from '../onnx/graph.js';

/** A tensor that may be recorded, and the names it goes by. */
export interface Candidate {
  readonly tensor: string;
  readonly kind: ModuleKind;
  /** Modules whose output (or input, by kind) the tensor is, innermost first. */
  readonly paths: readonly string[];
  readonly depth: Depth;
}

/** Operators that normalise: their module's input is the residual stream. */
const NORMALISES =
  /^(Simplified|Skip|SkipSimplified|RMS)?Layer?Normalization$|^RMSNormalization$|^ReduceMean$/;
/** Operators that attend. */
const ATTENDS = /^(Softmax|Attention|MultiHeadAttention|GroupQueryAttention)$/;
const PROJECTS = /^(MatMul|Gemm|MatMulNBits|MatMulInteger)$/;
const LAYER = /^(?:.*\.)?(\d+)$/;

type Scope = readonly string[];
const path = (scope: Scope) => `/${scope.join('/')}`;
const within = (scope: Scope, outer: Scope) => outer.every((segment, i) => scope[i] === segment);

/**
 * The tensors worth recording, found from the graph alone, in the order in which they are computed:
 * the output of every module (a dynamic tensor produced inside its scope and read outside it), the
 * attention context (what enters attention's output projection) and the residual stream (what enters
 * each normalisation). A tensor that is several of these is listed once, with all its names.
 * Whether a tensor has one vector of values per token is for a probe run to say (probe.ts).
 */
export function findCandidates(graph: Graph): Candidate[] {
  const dynamic = dynamicTensors(graph);
  const producer = new Map<string, number>();
  for (const [i, node] of graph.nodes.entries()) {
    for (const tensor of node.outputs) producer.set(tensor, i);
  }
  const scopeOf = (tensor: string): Scope => graph.nodes[producer.get(tensor) ?? -1]?.scope ?? [];

  const names = new Map<string, { paths: string[]; kind: ModuleKind }>();
  const add = (tensor: string, kind: ModuleKind, paths: string[]) => {
    if (!dynamic.has(tensor) || !producer.has(tensor)) return;
    const known = names.get(tensor);
    const merged = [...new Set([...(known?.paths ?? []), ...paths])];
    names.set(tensor, { paths: merged, kind: kind === 'output' ? (known?.kind ?? kind) : kind });
  };

  for (const [tensor, readers] of readersOf(graph)) {
    add(tensor, 'output', modulesLeft(scopeOf(tensor), readers));
  }
  for (const [tensor, scope] of contexts(graph)) add(tensor, 'context', [`${path(scope)}/context`]);
  for (const [tensor, scope] of residuals(graph, scopeOf)) {
    add(tensor, 'residual', [`${path(scope)}/residual`]);
  }

  const depthOf = depths(graph);
  return [...names]
    .filter(([, { paths }]) => paths.length > 0)
    .map(([tensor, { paths, kind }]) => ({ tensor, kind, paths, at: producer.get(tensor) ?? 0 }))
    .sort((a, b) => a.at - b.at)
    .map(({ at, ...candidate }) => ({ ...candidate, depth: depthOf(at) }));
}

/** Tensors that depend on an input of the model. */
function dynamicTensors(graph: Graph): Set<string> {
  const dynamic = new Set(graph.inputs);
  for (const node of graph.nodes) {
    if (node.inputs.some((tensor) => dynamic.has(tensor))) {
      for (const tensor of node.outputs) dynamic.add(tensor);
    }
  }
  return dynamic;
}

/** The scopes that read each tensor; the model's own outputs are read outside every module. */
function readersOf(graph: Graph): Map<string, Scope[]> {
  const readers = new Map<string, Scope[]>();
  const read = (tensor: string, scope: Scope) => {
    const known = readers.get(tensor);
    if (known) known.push(scope);
    else readers.set(tensor, [scope]);
  };
  for (const node of graph.nodes) for (const tensor of node.inputs) read(tensor, node.scope);
  for (const tensor of graph.outputs) read(tensor, []);
  return readers;
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

/** What enters the last projection of each module that attends. */
function contexts(graph: Graph): Map<string, Scope> {
  const found = new Map<string, Scope>();
  for (const scope of scopesOf(graph, (node) => ATTENDS.test(node.opType))) {
    const inside = graph.nodes.filter((node) => within(node.scope, scope));
    const attends = inside.findIndex((node) => ATTENDS.test(node.opType));
    const projection = inside
      .slice(attends)
      .findLast((node) => PROJECTS.test(node.opType) && node.scope.length > scope.length);
    if (projection) found.set(projection.inputs[0], scope);
  }
  return found;
}

/** What enters each normalisation outside attention. */
function residuals(graph: Graph, scopeOf: (tensor: string) => Scope): Map<string, Scope> {
  const attention = scopesOf(graph, (node) => ATTENDS.test(node.opType));
  const found = new Map<string, Scope>();
  for (const scope of scopesOf(graph, (node) => NORMALISES.test(node.opType))) {
    if (attention.some((outer) => within(scope, outer))) continue;
    for (const node of graph.nodes) {
      if (!within(node.scope, scope)) continue;
      const entering = node.inputs.find(
        (tensor) => !within(scopeOf(tensor), scope) && !graph.initializers.has(tensor),
      );
      if (entering) {
        found.set(entering, scope);
        break;
      }
    }
  }
  return found;
}

/** The distinct scopes, the model's root excepted, of the nodes that pass. */
function scopesOf(graph: Graph, passes: (node: Node) => boolean): Scope[] {
  const scopes = new Map<string, Scope>();
  for (const node of graph.nodes) {
    if (node.scope.length > 0 && passes(node)) scopes.set(path(node.scope), node.scope);
  }
  return [...scopes.values()];
}

/** The depth of the node at an index: its layer, or whether it comes before or after all layers. */
function depths(graph: Graph): (node: number) => Depth {
  const layers = graph.nodes.map((node) => {
    const segment = node.scope.find((name) => LAYER.test(name));
    return segment === undefined ? null : Number(LAYER.exec(segment)?.[1]);
  });
  const first = layers.findIndex((layer) => layer !== null);
  return (node) => layers[node] ?? (first < 0 || node < first ? 'embedding' : 'head');
}
