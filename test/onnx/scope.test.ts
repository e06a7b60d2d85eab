import { expect, test } from 'vitest';
import { readGraph } from '../../src/onnx/graph.js';
import {
  commonScope,
  scopeFromDynamo,
  scopeFromName,
  scopeFromWeight,
} from '../../src/onnx/scope.js';
import { bytesField, concat } from '../../src/onnx/wire.js';

test('names of torch, Optimum and onnxruntime-genai lead to modules', () => {
  expect(scopeFromName('/model/layers.0/fc1/MatMul')).toEqual(['model', 'layers.0', 'fc1']);
  expect(scopeFromName('/Concat')).toEqual([]);
  expect(scopeFromName('node_linear_3')).toBeNull();
});

test('dynamo’s scopes lead to the same modules', () => {
  const scopes = (...names: string[]) => scopeFromDynamo(`[${names.map((n) => `'${n}'`)}]`);
  expect(scopes('', 'model', 'model.layers.0', 'model.layers.0.fc1', 'linear')).toEqual([
    'model',
    'layers.0',
    'fc1',
  ]);
  expect(scopes('', 'model.decoder', 'model.decoder.layers.11', 'add')).toEqual([
    'model',
    'decoder',
    'layers.11',
  ]);
  expect(scopes('', 'add')).toEqual([]);
  expect(scopes('_empty_nn_module_stack_from_metadata_hook', 'sym_size')).toBeNull();
});

test('a weight leads to its module, a constant to none', () => {
  expect(scopeFromWeight('encoder.layer.1.output.dense.weight')).toEqual([
    'encoder',
    'layer.1',
    'output',
    'dense',
  ]);
  expect(scopeFromWeight('onnx::MatMul_391')).toBeNull();
  expect(commonScope(['a', 'b', 'c'], ['a', 'b', 'd'])).toEqual(['a', 'b']);
});

/** A model of nodes with names, inputs and outputs only. */
const modelOf = (...nodes: readonly (readonly [string, string[], string[]])[]) =>
  bytesField(
    7,
    concat(
      nodes.map(([name, inputs, outputs]) =>
        bytesField(
          1,
          concat([
            ...inputs.map((input) => bytesField(1, input)),
            ...outputs.map((output) => bytesField(2, output)),
            bytesField(3, name),
          ]),
        ),
      ),
    ),
  );

test('nodes without a scope get it from their output, weights or neighbours', () => {
  const { nodes } = readGraph(
    modelOf(
      ['/a/b/MatMul', ['x'], ['t']],
      ['Attention_0', ['t'], ['/a/c/Reshape_output_0']],
      ['Split_1', ['/a/c/Reshape_output_0'], ['p', 'q']],
      ['/a/d/MatMul', ['p'], ['u']],
      ['EmbedLayerNormalization_0', ['u', 'e.word.weight', 'e.norm.weight'], ['v']],
    ),
  );
  const scopes = nodes.map(({ scope }) => scope.join('/'));
  expect(scopes).toEqual(['a/b', 'a/c', 'a', 'a/d', 'e']);
});

test('a name that leads through another node stops before it', () => {
  const { nodes } = readGraph(
    modelOf(
      ['/layers.0/norm/LayerNorm', ['x'], ['t']],
      ['/layers.0/norm/LayerNorm/output_0/Cast', ['t'], ['u']],
    ),
  );
  expect(nodes.map(({ scope }) => scope)).toEqual(Array(2).fill(['layers.0', 'norm']));
});

test('optional outputs keep their place', () => {
  const { nodes } = readGraph(modelOf(['/norm/Skip', ['x', '', 'g'], ['n', '', '', 'sum']]));
  expect(nodes[0]).toMatchObject({ inputs: ['x', '', 'g'], outputs: ['n', '', '', 'sum'] });
});
