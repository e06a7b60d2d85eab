import type { Graph } from '../../onnx/graph.js';

/**
 * What a model adds to its key-value cache in a pass, where the graph makes each `present.*` by joining
 * `past_key_values.*` and one other tensor: that tensor, by the name of the past it follows.
 * Null where the cache is kept in another way (in a fused operator, a sliding window, or not at all).
 */
export function appendedToCache(graph: Graph): ReadonlyMap<string, string> | null {
  const producer = new Map(graph.nodes.flatMap((node) => node.outputs.map((out) => [out, node])));
  const present = graph.outputs.filter((name) => name.startsWith('present'));
  /** The tensor that a chain of nodes which only pass it on began with. */
  const origin = (tensor: string): string => {
    const node = producer.get(tensor);
    const passedOn = node && /^(Concat|Identity)$/.test(node.opType) && node.inputs.length === 1;
    return passedOn ? origin(node.inputs[0]) : tensor;
  };
  const appended = new Map<string, string>();
  for (const name of present) {
    const past = name.replace('present', 'past_key_values');
    const node = producer.get(name);
    const [before, added, ...more] = node?.inputs ?? [];
    if (node?.opType !== 'Concat' || origin(before ?? '') !== past || !added || more.length > 0)
      return null;
    appended.set(past, added);
  }
  return appended.size > 0 ? appended : null;
}
