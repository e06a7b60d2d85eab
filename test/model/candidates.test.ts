import { expect, test } from 'vitest';
import { findCandidates } from '../../src/model/candidates.js';
import type { Graph, Node } from '../../src/onnx/graph.js';

const node = (name: string, inputs: string[], outputs: string[]): Node => ({
  opType: name.split('/').at(-1) ?? '',
  scope: name.split('/').slice(1, -1),
  inputs,
  outputs,
});

/** A transformer layer by hand: norm, attention with one projection each way, residual sum, head. */
const graph: Graph = {
  inputs: ['ids'],
  outputs: ['logits'],
  initializers: new Set(['table', 'g', 'wq', 'wo', 'wh', 'scale']),
  nodes: [
    node('/embed/Gather', ['table', 'ids'], ['e']),
    node('/layers.0/norm/LayerNormalization', ['e', 'g'], ['n']),
    node('/layers.0/attn/q/MatMul', ['n', 'wq'], ['q']),
    node('/layers.0/attn/Softmax', ['q'], ['weights']),
    node('/layers.0/attn/Mul', ['weights', 'scale'], ['c']),
    node('/layers.0/attn/o/MatMul', ['c', 'wo'], ['a']),
    node('/layers.0/Add', ['e', 'a'], ['r']),
    node('/constant/Identity', ['scale'], ['s']),
    node('/head/MatMul', ['r', 'wh'], ['logits']),
  ],
};

test('outputs, context and residual are found from the graph alone, in order', () => {
  expect(findCandidates(graph)).toEqual([
    {
      tensor: 'e',
      kind: 'residual',
      depth: 'embedding',
      paths: ['/embed', '/layers.0/norm/residual'],
    },
    { tensor: 'n', kind: 'output', depth: 0, paths: ['/layers.0/norm'] },
    { tensor: 'q', kind: 'output', depth: 0, paths: ['/layers.0/attn/q'] },
    { tensor: 'c', kind: 'context', depth: 0, paths: ['/layers.0/attn/context'] },
    { tensor: 'a', kind: 'output', depth: 0, paths: ['/layers.0/attn/o', '/layers.0/attn'] },
    { tensor: 'r', kind: 'output', depth: 0, paths: ['/layers.0'] },
    { tensor: 'logits', kind: 'output', depth: 'head', paths: ['/head'] },
  ]);
});

test('what does not depend on an input is no activation', () => {
  expect(findCandidates(graph).map(({ tensor }) => tensor)).not.toContain('s');
});
