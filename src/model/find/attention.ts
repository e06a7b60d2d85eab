import type { Flow } from '../../onnx/flow.js';
import type { Node } from '../../onnx/graph.js';
import { commonScope, type Scope, within } from '../../onnx/scope.js';
import { attendsAtOnce, mixes, projects, sourceOf } from './operators.js';

/** What attention hands to its output projection. */
export interface Context {
  readonly tensor: string;
  /** The module that holds both attention and projection. */
  readonly scope: Scope;
}

/**
 * The attention contexts: where a softmax (or a fused operator) weights values, the tensor that enters
 * the first multiplication by weights after it. Other softmaxes (of routers, of the head) weight no
 * activations before they meet weights, or meet none.
 */
export function findContexts(flow: Flow): Context[] {
  return flow.nodes.flatMap((node, i) => {
    const atOnce = attendsAtOnce(node);
    if (!atOnce && node.opType !== 'Softmax') return [];
    const projection = projectionAfter(flow, i, atOnce);
    if (!projection) return [];
    const scope = commonScope(node.scope, projection.scope);
    return scope.length > 0 ? [{ tensor: entering(flow, projection, node.scope), scope }] : [];
  });
}

/** The first projection that values from a node's first output reach, if they were mixed before. */
function projectionAfter(flow: Flow, start: number, mixed: boolean): Node | null {
  const reached = new Set([flow.nodes[start].outputs[0]]);
  let mixedYet = mixed;
  for (const node of flow.nodes.slice(start + 1)) {
    if (node.opType === 'Shape' || !node.inputs.some((tensor) => reached.has(tensor))) continue;
    if (projects(flow, node)) return mixedYet && reached.has(node.inputs[0]) ? node : null;
    mixedYet ||= mixes(flow, node);
    for (const tensor of node.outputs) if (tensor) reached.add(tensor);
  }
  return null;
}

/** The tensor that enters the projection, or its module where it has one of its own. */
function entering(flow: Flow, projection: Node, attention: Scope): string {
  const own = !within(attention, projection.scope);
  let tensor = sourceOf(flow, projection.inputs[0], 'types');
  while (own) {
    const node = flow.nodes[flow.makerOf(tensor)];
    if (!node || !within(node.scope, projection.scope)) break;
    tensor = sourceOf(flow, node.inputs[0], 'types');
  }
  return tensor;
}
