import type { Flow } from '../../onnx/flow.js';
import type { Node } from '../../onnx/graph.js';
import { type Scope, within } from '../../onnx/scope.js';
import {
  adds,
  addsAndNormalises,
  normalises,
  readersOfValues,
  sourceOf,
  sumOf,
} from './operators.js';

/** The residual stream where a module normalises it. */
export interface Residual {
  readonly tensor: string;
  /** The module that normalises. */
  readonly scope: Scope;
}

/**
 * The residual stream: what enters a normalisation and is a sum of activations, or goes into one
 * beside it. Normalisations of other tensors (of queries and keys, of a module's output before it is
 * added) have no such input. Where sum and normalisation are one operator, it is the sum it shows.
 */
export function findResiduals(flow: Flow): Residual[] {
  const modules = new Map<string, Node>();
  for (const node of flow.nodes) {
    const key = node.scope.join('/');
    if (key && normalises(node) && !modules.has(key)) modules.set(key, node);
  }
  return [...modules.values()].flatMap((node) => {
    const tensor = addsAndNormalises(node) ? sumOf(node) : entering(flow, node.scope);
    return tensor ? [{ tensor, scope: node.scope }] : [];
  });
}

/** The first activation that enters a module, if it is the residual stream. */
function entering(flow: Flow, scope: Scope): string | null {
  const outside = (tensor: string) => {
    const maker = flow.nodes[flow.makerOf(tensor)];
    return maker !== undefined && flow.isDynamic(tensor) && !within(maker.scope, scope);
  };
  for (const node of flow.nodes) {
    if (!within(node.scope, scope)) continue;
    const tensor = node.inputs.find(outside);
    if (tensor) return isStream(flow, tensor, scope) ? tensor : null;
  }
  return null;
}

function isStream(flow: Flow, tensor: string, scope: Scope): boolean {
  const source = sourceOf(flow, tensor, 'shapes');
  const maker = flow.nodes[flow.makerOf(source)];
  if (maker && adds(flow, maker)) return true;
  const readers = [...readersOfValues(flow, tensor), ...readersOfValues(flow, source)];
  return readers.some((node) => adds(flow, node) && !within(node.scope, scope));
}
