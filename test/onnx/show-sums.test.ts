import { expect, test } from 'vitest';
import { readGraph } from '../../src/onnx/graph.js';
import { showSum } from '../../src/onnx/show-sums.js';
import { bytesField, concat } from '../../src/onnx/wire.js';

const node = (opType: string, outputs: readonly string[]) =>
  concat([...outputs.map((name) => bytesField(2, name)), bytesField(4, opType)]);

const outputsOf = (payload: Uint8Array) =>
  readGraph(bytesField(7, bytesField(1, payload))).nodes[0].outputs;

test.each(['SkipLayerNormalization', 'SkipSimplifiedLayerNormalization'])(
  '%s shows its sum as the fourth output',
  (opType) => {
    expect(outputsOf(showSum(node(opType, ['n'])))).toEqual(['n', '', '', 'n_sum']);
    expect(outputsOf(showSum(node(opType, ['n', 'mean'])))).toEqual(['n', 'mean', '', 'n_sum']);
  },
);

test('a sum that is shown keeps its name, and other nodes are as they were', () => {
  const shown = node('SkipLayerNormalization', ['n', '', '', 's']);
  const other = node('LayerNormalization', ['n']);
  expect(showSum(shown)).toBe(shown);
  expect(showSum(other)).toBe(other);
});
