import { describe, expect, test } from 'vitest';
import { findCandidates } from '../../../src/model/find/candidates.js';
import type { Graph, Node } from '../../../src/onnx/graph.js';

const node = (name: string, inputs: string[], outputs: string[]): Node => ({
  opType: name.split('/').at(-1) ?? '',
  scope: name.split('/').slice(1, -1),
  inputs,
  captured: [],
  outputs,
});

const graphOf = (nodes: Node[], outputs: string[] = []): Graph => ({
  inputs: ['ids', 'x', 'y'],
  outputs,
  initializers: new Set(),
  nodes,
});

/** Tensors with the name they go by first, and what they are. */
const found = (nodes: Node[], outputs?: string[]) =>
  findCandidates(graphOf(nodes, outputs)).map(({ tensor, paths, kind }) => [
    tensor,
    paths[0],
    kind,
  ]);

describe('a transformer layer by hand: norm, attention, residual sum, head', () => {
  const graph = graphOf(
    [
      node('/embed/Gather', ['table', 'ids'], ['e']),
      node('/layers.0/norm/LayerNormalization', ['e', 'g'], ['n']),
      node('/layers.0/attn/q/MatMul', ['n', 'wq'], ['q']),
      node('/layers.0/attn/v/MatMul', ['n', 'wv'], ['v']),
      node('/layers.0/attn/Softmax', ['q'], ['weights']),
      node('/layers.0/attn/MatMul', ['weights', 'v'], ['c']),
      node('/layers.0/attn/o/MatMul', ['c', 'wo'], ['a']),
      node('/layers.0/Add', ['e', 'a'], ['r']),
      node('/constant/Identity', ['scale'], ['s']),
      node('/head/MatMul', ['r', 'wh'], ['logits']),
    ],
    ['logits'],
  );

  test('outputs, context and residual are found from the graph alone, in order', () => {
    const residual = ['/embed', '/layers.0/norm/residual'];
    expect(findCandidates(graph)).toEqual([
      { tensor: 'e', kind: 'residual', depth: 'embedding', paths: residual },
      { tensor: 'n', kind: 'output', depth: 0, paths: ['/layers.0/norm'] },
      { tensor: 'q', kind: 'output', depth: 0, paths: ['/layers.0/attn/q'] },
      { tensor: 'v', kind: 'output', depth: 0, paths: ['/layers.0/attn/v'] },
      { tensor: 'c', kind: 'context', depth: 0, paths: ['/layers.0/attn/context'] },
      { tensor: 'a', kind: 'output', depth: 0, paths: ['/layers.0/attn/o', '/layers.0/attn'] },
      { tensor: 'r', kind: 'output', depth: 0, paths: ['/layers.0'] },
      { tensor: 'logits', kind: 'output', depth: 'head', paths: ['/head'] },
    ]);
  });

  test('what does not depend on an input is no activation', () => {
    expect(findCandidates(graph).map(({ tensor }) => tensor)).not.toContain('s');
  });
});

test('a tensor quantised or cast in its module still leaves it, as the float it was', () => {
  const nodes = [
    node('/fc1/MatMul', ['x', 'w'], ['t']),
    node('/fc1/DynamicQuantizeLinear', ['t'], ['t8', 'scale', 'zero']),
    node('/fc2/MatMulInteger', ['t8', 'w8', 'zero'], ['u32']),
    node('/fc2/Cast', ['u32'], ['u']),
    node('/fc2/Mul', ['u', 'scale'], ['m']),
    node('/fc2/Cast', ['m'], ['m16']),
    node('/fc3/MatMul', ['m16', 'w'], ['out']),
  ];
  expect(found(nodes, ['out'])).toEqual([
    ['t', '/fc1', 'output'],
    ['m', '/fc2', 'output'],
    ['out', '/fc3', 'output'],
  ]);
});

test('parts of a fused projection stand for the whole', () => {
  const nodes = [
    node('/attn/qkv/MatMul', ['x', 'w'], ['qkv']),
    node('/attn/qkv/Split', ['qkv'], ['q', 'k', 'v']),
    node('/attn/GroupQueryAttention', ['q', 'k', 'v'], ['c', 'present.key', 'present.value']),
    node('/attn/o/MatMul', ['c', 'wo'], ['o']),
  ];
  expect(found(nodes, ['o'])).toEqual([
    ['qkv', '/attn/qkv', 'output'],
    ['c', '/attn/context', 'context'],
    ['o', '/attn/o', 'output'],
  ]);
});

test('where sum and normalisation are one operator, the sum is the residual', () => {
  const nodes = [
    node('/mlp/MatMul', ['x', 'w'], ['m']),
    node('/norm/SkipSimplifiedLayerNormalization', ['m', 'y', 'g'], ['n', '', '', 'sum']),
    node('/next/MatMul', ['n', 'w'], ['o']),
    node('/norm2/SkipLayerNormalization', ['o', 'sum', 'g'], ['p']),
  ];
  expect(found(nodes, ['p'])).toEqual([
    ['m', '/mlp', 'output'],
    ['sum', '/norm/residual', 'residual'],
    ['n', '/norm', 'output'],
    ['o', '/next', 'output'],
    ['p', '/norm2', 'output'],
  ]);
});

test('normalised queries, and outputs normalised before they are added, are no residual', () => {
  const nodes = [
    node('/q/MatMul', ['x', 'w'], ['q']),
    node('/q_norm/LayerNormalization', ['q', 'g'], ['qn']),
    node('/post_norm/LayerNormalization', ['qn', 'g'], ['pn']),
    node('/Add', ['x', 'pn'], ['r']),
    node('/pre_norm/LayerNormalization', ['r', 'g'], ['rn']),
  ];
  expect(found(nodes, ['rn']).filter(([, , kind]) => kind === 'residual')).toEqual([
    ['r', '/pre_norm/residual', 'residual'],
  ]);
});

test('a bias is no residual sum, and a softmax that weights no values is no attention', () => {
  const nodes = [
    node('/fc/MatMul', ['x', 'w'], ['f']),
    node('/fc/Add', ['f', 'bias'], ['fb']),
    node('/norm/LayerNormalization', ['fb', 'g'], ['n']),
    node('/router/Softmax', ['n'], ['weights']),
    node('/experts/MatMul', ['weights', 'w'], ['o']),
  ];
  expect(found(nodes, ['o']).map(([, , kind]) => kind)).toEqual(Array(4).fill('output'));
});

test('values in another shape are one tensor, under the innermost name', () => {
  const nodes = [
    node('/model/norm/LayerNormalization', ['x', 'g'], ['n']),
    node('/model/Reshape', ['n', 'shape'], ['flat']),
    node('/head/MatMul', ['flat', 'w'], ['logits']),
  ];
  expect(findCandidates(graphOf(nodes, ['logits']))[0]).toMatchObject({
    tensor: 'n',
    paths: ['/model/norm', '/model'],
  });
});
