import {
  commonScope,
  type Scope,
  scopeFromDynamo,
  scopeFromName,
  scopeFromWeight,
} from './scope.js';
import { bytesField, concat, type Field, fields, text } from './wire.js';

/** Field numbers of onnx.proto. */
const MODEL = { graph: 7 } as const;
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12 } as const;
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, metadata: 9 } as const;
const ATTRIBUTE = { graph: 6 } as const;
const TENSOR_NAME = 8;
const VALUE_NAME = 1;
const PROPERTY = { key: 1, value: 2 } as const;

export interface Node {
  readonly opType: string;
  /** The module the node belongs to, outermost first; empty at the root. */
  readonly scope: Scope;
  /** Tensors the node reads, by position; `''` where an optional one is left out. */
  readonly inputs: readonly string[];
  /** Tensors its subgraphs take from outside. */
  readonly captured: readonly string[];
  /** Tensors it makes, by position; `''` where an optional one is left out. */
  readonly outputs: readonly string[];
}

/** What a model computes, without its weights. Nodes are in topological order, as ONNX demands. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlySet<string>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** The graph of a model given as bytes (a skeleton is enough). */
export function readGraph(model: Uint8Array): Graph {
  const graph = [...fields(model)].find((field) => field.number === MODEL.graph);
  if (!graph) return { nodes: [], initializers: new Set(), inputs: [], outputs: [] };
  const parts = [...fields(model, graph.start, graph.end)];
  const of = (number: number) => parts.filter((field) => field.number === number);
  const initializers = new Set(of(GRAPH.initializer).map((t) => nameIn(model, t, TENSOR_NAME)));
  return {
    nodes: withScopes(of(GRAPH.node).map((field) => readNode(model, field))),
    initializers,
    inputs: of(GRAPH.input)
      .map((value) => nameIn(model, value, VALUE_NAME))
      .filter((name) => !initializers.has(name)),
    outputs: of(GRAPH.output).map((value) => nameIn(model, value, VALUE_NAME)),
  };
}

/**
 * The model with more tensors among its outputs. Only the names are appended (protobuf merges the
 * two graph messages), so ONNX Runtime infers type and shape.
 */
export function addOutputs(model: Uint8Array, tensors: readonly string[]): Uint8Array {
  const outputs = tensors.map((name) => bytesField(GRAPH.output, bytesField(VALUE_NAME, name)));
  return concat([model, bytesField(MODEL.graph, concat(outputs))]);
}

function nameIn(bytes: Uint8Array, message: Field, number: number): string {
  for (const field of fields(bytes, message.start, message.end)) {
    if (field.number === number) return text(bytes, field);
  }
  return '';
}

/** A node as the file has it: what its own name or metadata say of its module, if they do. */
type NamedNode = Omit<Node, 'scope'> & { readonly name: string; readonly scope: Scope | null };

function readNode(bytes: Uint8Array, node: Field): NamedNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const captured: string[] = [];
  let name = '';
  let opType = '';
  let scopes = '';
  for (const field of fields(bytes, node.start, node.end)) {
    if (field.number === NODE.input) inputs.push(text(bytes, field));
    else if (field.number === NODE.output) outputs.push(text(bytes, field));
    else if (field.number === NODE.name) name = text(bytes, field);
    else if (field.number === NODE.opType) opType = text(bytes, field);
    else if (field.number === NODE.attribute) captured.push(...capturedBy(bytes, field));
    else if (field.number === NODE.metadata) scopes ||= dynamoScopes(bytes, field);
  }
  const scope = scopes ? scopeFromDynamo(scopes) : scopeFromName(name);
  return { name, opType, scope, inputs, captured, outputs };
}

/** Tensors a subgraph (of If, Loop or Scan) may take from outside: all that its nodes read. */
function capturedBy(bytes: Uint8Array, attribute: Field): string[] {
  const names: string[] = [];
  for (const graph of fields(bytes, attribute.start, attribute.end)) {
    if (graph.number !== ATTRIBUTE.graph || graph.wire !== 2) continue;
    for (const node of fields(bytes, graph.start, graph.end)) {
      if (node.number !== GRAPH.node) continue;
      const { inputs, captured } = readNode(bytes, node);
      names.push(...inputs, ...captured);
    }
  }
  return names.filter(Boolean);
}

function dynamoScopes(bytes: Uint8Array, property: Field): string {
  const named = nameIn(bytes, property, PROPERTY.key) === 'pkg.torch.onnx.name_scopes';
  return named ? nameIn(bytes, property, PROPERTY.value) : '';
}

/**
 * Every node with a scope. Graph optimisers drop it from some nodes: it is then taken from the name
 * of the tensor the node makes, or of its weights, or from the nodes around it. A name may lead
 * through another node (`/layers.0/norm/LayerNorm/output_0/Cast`), which is no module.
 */
function withScopes(nodes: readonly NamedNode[]): Node[] {
  const names = new Set(nodes.map(({ name }) => name).filter(Boolean));
  const modulesOnly = (scope: Scope) => {
    const end = scope.findIndex((_, i) => names.has(`/${scope.slice(0, i + 1).join('/')}`));
    return end < 0 ? scope : scope.slice(0, end);
  };
  const told = nodes.map(({ scope, inputs, outputs }) => {
    const made = outputs.map(scopeFromName).find((found) => found !== null);
    const weights = inputs.map(scopeFromWeight).filter((found) => found !== null);
    const own = scope ?? made ?? (weights.length > 0 ? weights.reduce(commonScope) : null);
    return own && modulesOnly(own);
  });
  const readers = new Map<string, Scope>();
  for (const [i, { inputs }] of nodes.entries()) {
    const scope = told[i];
    for (const tensor of scope ? inputs : []) {
      const known = readers.get(tensor);
      readers.set(tensor, known ? commonScope(known, scope ?? []) : (scope ?? []));
    }
  }
  const makers = new Map<string, Scope>();
  return nodes.map(({ name, ...node }, i) => {
    const around = [
      ...node.inputs.map((tensor) => makers.get(tensor)),
      ...node.outputs.map((tensor) => readers.get(tensor)),
    ].filter((scope) => scope !== undefined);
    const scope = told[i] ?? (around.length > 0 ? around.reduce(commonScope) : []);
    for (const tensor of node.outputs) makers.set(tensor, scope);
    return { ...node, scope };
  });
}
