import type { Graph, Node } from './graph.js';

/** Who makes and who reads each tensor. */
export interface Flow {
  readonly nodes: readonly Node[];
  /** Whether a tensor depends on an input of the model. */
  isDynamic(tensor: string): boolean;
  /** Index of the node that makes a tensor; -1 for inputs and weights. */
  makerOf(tensor: string): number;
  readersOf(tensor: string): readonly Node[];
  /** Whether the tensor is an output of the whole model. */
  isOutput(tensor: string): boolean;
}

/** The flow of tensors through a graph. */
export function flowOf(graph: Graph): Flow {
  const dynamic = new Set(graph.inputs);
  const makers = new Map<string, number>();
  const readers = new Map<string, Node[]>();
  for (const [i, node] of graph.nodes.entries()) {
    const read = [...node.inputs, ...node.captured].filter(Boolean);
    for (const tensor of read) {
      const known = readers.get(tensor);
      if (known) known.push(node);
      else readers.set(tensor, [node]);
    }
    const moves = read.some((tensor) => dynamic.has(tensor));
    for (const tensor of node.outputs.filter(Boolean)) {
      makers.set(tensor, i);
      if (moves) dynamic.add(tensor);
    }
  }
  const outputs = new Set(graph.outputs);
  return {
    nodes: graph.nodes,
    isDynamic: (tensor) => dynamic.has(tensor),
    makerOf: (tensor) => makers.get(tensor) ?? -1,
    readersOf: (tensor) => readers.get(tensor) ?? [],
    isOutput: (tensor) => outputs.has(tensor),
  };
}
