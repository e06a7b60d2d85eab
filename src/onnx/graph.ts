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
  /** The module the node belongs to, outermost first: `['model', 'decoder', 'layers.0', 'fc1']`. */
  readonly scope: readonly string[];
  /** Tensors the node reads, those its subgraphs take from outside included. */
  readonly inputs: readonly string[];
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
    nodes: of(GRAPH.node).map((field) => readNode(model, field)),
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

function readNode(bytes: Uint8Array, node: Field): Node {
  const inputs: string[] = [];
  const outputs: string[] = [];
  let name = '';
  let opType = '';
  let scopes = '';
  for (const field of fields(bytes, node.start, node.end)) {
    if (field.number === NODE.input) inputs.push(text(bytes, field));
    else if (field.number === NODE.output) outputs.push(text(bytes, field));
    else if (field.number === NODE.name) name = text(bytes, field);
    else if (field.number === NODE.opType) opType = text(bytes, field);
    else if (field.number === NODE.attribute) inputs.push(...captured(bytes, field));
    else if (field.number === NODE.metadata) scopes ||= dynamoScopes(bytes, field);
  }
  return {
    opType,
    scope: scopes ? scopeFromDynamo(scopes) : scopeFromName(name),
    inputs: inputs.filter(Boolean),
    outputs: outputs.filter(Boolean),
  };
}

/** Tensors a subgraph (of If, Loop or Scan) may take from outside: all that its nodes read. */
function captured(bytes: Uint8Array, attribute: Field): string[] {
  const names: string[] = [];
  for (const graph of fields(bytes, attribute.start, attribute.end)) {
    if (graph.number !== ATTRIBUTE.graph || graph.wire !== 2) continue;
    for (const node of fields(bytes, graph.start, graph.end)) {
      if (node.number === GRAPH.node) names.push(...readNode(bytes, node).inputs);
    }
  }
  return names;
}

/** torch's legacy exporter and Optimum name a node after its module: `/model/layers.0/fc1/MatMul`. */
function scopeFromName(name: string): string[] {
  return name.startsWith('/') ? name.split('/').slice(1, -1) : [];
}

function dynamoScopes(bytes: Uint8Array, property: Field): string {
  const named = nameIn(bytes, property, PROPERTY.key) === 'pkg.torch.onnx.name_scopes';
  return named ? nameIn(bytes, property, PROPERTY.value) : '';
}

/**
 * torch's dynamo exporter keeps the modules around a node, outermost first and the node last:
 * `['', 'model', 'model.layers.0', 'model.layers.0.fc1', 'linear_3']`.
 */
function scopeFromDynamo(list: string): string[] {
  const scopes = [...list.matchAll(/'([^']*)'/g)].map(([, scope]) => scope).slice(0, -1);
  const segments: string[] = [];
  let outer = '';
  for (const scope of scopes) {
    if (scope === '') continue;
    segments.push(outer && scope.startsWith(`${outer}.`) ? scope.slice(outer.length + 1) : scope);
    outer = scope;
  }
  return segments;
}
