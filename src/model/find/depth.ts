import type { Depth } from '../../core/module.js';
import type { Flow } from '../../onnx/flow.js';
import { projects } from './operators.js';

const NUMBERED = /^(?:.*\.)?(\d+)$/;

/**
 * The depth of the node at an index: its layer, or whether it comes before or after all layers. A
 * layer is a numbered module that holds weights to multiply by; onnxruntime-genai numbers the final
 * normalisation as if it were one.
 */
export function depthsOf(flow: Flow): (node: number) => Depth {
  const numbered = flow.nodes.map(({ scope }) => {
    const at = scope.findIndex((segment) => NUMBERED.test(segment));
    return at < 0 ? null : scope.slice(0, at + 1).join('/');
  });
  const layers = new Set(
    flow.nodes.flatMap((node, i) => (projects(flow, node) ? (numbered[i] ?? []) : [])),
  );
  const depths = numbered.map((path) =>
    path !== null && layers.has(path) ? Number(NUMBERED.exec(path)?.[1]) : null,
  );
  const first = depths.findIndex((depth) => depth !== null);
  return (node) => depths[node] ?? (first < 0 || node < first ? 'embedding' : 'head');
}
