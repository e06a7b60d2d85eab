import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseStatsModel } from '../../src/bids/stats-model.js';
import { edgesOf, orderedNodes } from '../../src/bids/stats-model-graph.js';
import { PACKAGE_ROOT } from '../../src/files/versions.js';

const template = (name: string) =>
  JSON.parse(
    readFileSync(join(PACKAGE_ROOT, 'bids-templates/models', `${name}_smdl.json`), 'utf8'),
  );

test.each(['fmri', 'prompts'])('the template %s is a model', (name) => {
  const model = parseStatsModel(template(name), name);
  expect(edgesOf(model)).toHaveLength(model.Nodes.length - 1);
  expect(orderedNodes(model)).toEqual(model.Nodes);
});

test('fractions are weights, and levels may be in small letters', () => {
  const value = template('fmri');
  value.Nodes[0].Level = 'run';
  value.Nodes[0].Contrasts = [
    { Name: 'half', ConditionList: ['trial_type.a', 1], Weights: ['-1/2', 0.5], Test: 't' },
  ];
  const [node] = parseStatsModel(value, 'x').Nodes;
  expect(node.Level).toBe('Run');
  expect(node.Contrasts?.[0].Weights).toEqual([-0.5, 0.5]);
});

describe('each fault is named with its node and key', () => {
  type Loose = ReturnType<typeof template>;
  const F = { Name: 'f', ConditionList: ['a', 'b'], Weights: [[1, 0], [1]], Test: 'F' };
  const step = (value: Loose, own: unknown) =>
    value.Nodes[0].Transformations.Instructions.push(own);
  test.each<[string, (value: Loose) => unknown, RegExp]>([
    ['a model without nodes', (v) => delete v.Nodes, /Nodes/],
    [
      'a key that is not of the standard',
      (v) => {
        v.Nodes[1].Modle = {};
      },
      /Nodes\[1\] 'subject'.*Modle/,
    ],
    [
      'a level that is none',
      (v) => {
        v.Nodes[2].Level = 'Group';
      },
      /Nodes\[2\] 'dataset', Level.*Run/,
    ],
    [
      'a grouping that is none',
      (v) => {
        v.Nodes[1].GroupBy = ['species'];
      },
      /'subject', GroupBy\.0/,
    ],
    [
      'a transformation that is not supported',
      (v) => step(v, { Name: 'Lag', Input: ['x'] }),
      /'run', Transformations\.Instructions\.3.*'Lag' is not supported; supported are Filter, Factor/,
    ],
    [
      'an unknown response',
      (v) => {
        v.Nodes[0].Model.HRF = { Variables: ['x'], Model: 'Gamma' };
      },
      /'run', Model\.HRF\.Model/,
    ],
    [
      'an unknown noise',
      (v) => {
        v.Nodes[0].Model.Software.boldbridge.noise = 'ar12';
      },
      /Software\.boldbridge\.noise.*ar9/,
    ],
    [
      'weights that do not fit',
      (v) => {
        v.Nodes[0].Contrasts = [F];
      },
      /'run', Contrasts\.0\.Weights/,
    ],
    [
      'a run without an intercept',
      (v) => {
        v.Nodes[0].Model.X = ['trial_type.*'];
      },
      /'run', Model\.X: without 1/,
    ],
    [
      'runs grouped together',
      (v) => {
        v.Nodes[0].GroupBy = ['subject'];
      },
      /'run', GroupBy: without run/,
    ],
    [
      'other than fixed effects over runs',
      (v) => {
        v.Nodes[1].Model.Type = 'glm';
      },
      /'subject', Model: Type glm/,
    ],
    [
      'an edge to nowhere',
      (v) => {
        v.Edges = [{ Source: 'run', Destination: 'group' }];
      },
      /Edges\[0\]: no node 'group'/,
    ],
    [
      'an edge downwards',
      (v) => {
        v.Edges = [{ Source: 'subject', Destination: 'run' }];
      },
      /Edges\[0\]: subject to run/,
    ],
    [
      'a node that nothing reaches',
      (v) => {
        v.Edges = [{ Source: 'run', Destination: 'subject' }];
      },
      /never reached/,
    ],
    [
      'two Run nodes',
      (v) => {
        v.Nodes[1] = { ...v.Nodes[0], Name: 'again' };
      },
      /2 of level Run/,
    ],
    [
      'nothing to test',
      (v) => {
        v.Nodes[0].DummyContrasts = false;
      },
      /'run': neither Contrasts/,
    ],
    [
      'version 2',
      (v) => {
        v.BIDSModelVersion = '2.0';
      },
      /BIDSModelVersion: expected version 1/,
    ],
  ])('%s', (_, spoil, named) => {
    const value = template('fmri');
    spoil(value);
    expect(() => parseStatsModel(value, 'x_smdl.json')).toThrow(named);
  });
});
