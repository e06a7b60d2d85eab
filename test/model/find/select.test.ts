import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Module, placeUnits, unitCount } from '../../../src/core/module.js';
import { selectModules } from '../../../src/model/find/select.js';
import { openPhantom, type Phantom } from '../phantom.js';

const module = (path: string, kind: Module['kind'] = 'output', width = 4) => ({
  path,
  kind,
  width,
  depth: 0,
  tensor: `${path}/out`,
  tokenAxis: 1,
});
const plain = [
  module('/model/embed', 'output', 2),
  module('/model/decoder/layers.2/norm/residual', 'residual'),
  module('/model/decoder/layers.2/attn/context', 'context'),
  module('/model/decoder/layers.2/mlp/fc1', 'output', 8),
  module('/model/decoder/layers.2/fc1', 'output', 8),
  module('/model/decoder/layers.2', 'residual'),
  module('/model/decoder/layers.13/fc1', 'output', 8),
  module('/model/decoder/layers.13'),
  module('/model/head'),
];
const modules = placeUnits(plain).map((placed, i) => ({ ...plain[i], ...placed }));
const paths = (patterns: string | readonly string[]) =>
  selectModules(modules, patterns).map(({ path }) => path.replace('/model/', ''));

test.each([
  ['a path from any segment on', 'layers.2/fc1', ['decoder/layers.2/fc1']],
  [
    '* inside a segment, not across',
    'layers.*/fc1',
    ['decoder/layers.2/fc1', 'decoder/layers.13/fc1'],
  ],
  [
    '** across segments',
    'layers.*/**/fc1',
    ['decoder/layers.2/mlp/fc1', 'decoder/layers.2/fc1', 'decoder/layers.13/fc1'],
  ],
  ['a layer with all inside it', 'layers.13/**', ['decoder/layers.13/fc1', 'decoder/layers.13']],
  ['no part of a segment', 'head', ['head']],
  ['a path from its start', '/model/*', ['embed', 'head']],
  ['a layer output that is the residual stream', 'layers.*/residual', ['decoder/layers.2']],
  ['all of a kind', 'residual', ['decoder/layers.2/norm/residual', 'decoder/layers.2']],
  ['the attention context', 'context', ['decoder/layers.2/attn/context']],
  [
    'one of several names',
    'layers.2/{fc1,attn/context}',
    ['decoder/layers.2/attn/context', 'decoder/layers.2/fc1'],
  ],
  ['several patterns, in the order of the graph', ' head, embed ', ['embed', 'head']],
  ['what the rest names, left out', '!layers.*/**', ['embed', 'head']],
  [
    'some, less others',
    'layers.2/**,!**/fc1,!context',
    ['decoder/layers.2/norm/residual', 'decoder/layers.2'],
  ],
])('%s: %s', (_, pattern, expected) => {
  expect(paths(pattern)).toEqual(expected);
});

test('a list of patterns is the same as one text with commas', () => {
  expect(paths(['layers.*/fc1', '!layers.2/**'])).toEqual(paths('layers.*/fc1,!layers.2/**'));
});

test('no pattern keeps every module', () => {
  expect(selectModules(modules, [])).toEqual(modules);
});

test('units are counted anew, and all else of a module stays', () => {
  const chosen = selectModules(modules, 'fc1,head');
  expect(chosen.map(({ firstUnit }) => firstUnit)).toEqual([0, 8, 16, 24]);
  expect(unitCount(chosen)).toBe(28);
  expect(chosen[3]).toEqual({ ...modules[8], firstUnit: 24 });
});

describe('refusals', () => {
  const refusal = (patterns: string) => {
    try {
      return selectModules(modules, patterns);
    } catch (error) {
      return error as { code: string; given: string; expected: string };
    }
  };

  test('a pattern that matches nothing is refused with the nearest paths', () => {
    expect(refusal('layers.*/fcc1')).toMatchObject({
      code: 'model/unknown-module',
      given: expect.stringContaining("'layers.*/fcc1'"),
      expected: expect.stringMatching(/nearest are \/model\/decoder\/layers\.2\/fc1,/),
    });
    expect(refusal('layer.*/residual')).toMatchObject({
      expected: expect.stringMatching(/nearest are \/model\/decoder\/layers\.2\/residual,/),
    });
  });

  test.each(['fc1,fc9', 'fc1,!fc9', 'layers.2/f', 'LAYERS.2/fc1', '/decoder/layers.2'])(
    '%s: every pattern must match something, its case and its segments too',
    (patterns) => expect(refusal(patterns)).toMatchObject({ code: 'model/unknown-module' }),
  );

  test('patterns that leave nothing', () => {
    expect(refusal('fc1,!**')).toMatchObject({ code: 'model/no-modules' });
  });
});

describe('of the embedded model', () => {
  let phantom: Phantom;
  beforeAll(async () => {
    phantom = await openPhantom();
  });
  afterAll(() => phantom.loaded.release());

  test('fc1 and the residual stream of its four layers', () => {
    const chosen = selectModules(phantom.modules, 'layers.*/fc1,layers.*/residual');
    expect(chosen.map(({ path }) => path.replace(/.*layers/, 'layers'))).toEqual(
      [0, 1, 2, 3].flatMap((layer) => [`layers.${layer}/fc1`, `layers.${layer}`]),
    );
    expect(unitCount(chosen)).toBe(4 * (512 + 128));
    for (const { path, tensor, tokenAxis } of chosen) {
      expect(phantom.modules.find((one) => one.path === path)).toMatchObject({ tensor, tokenAxis });
    }
  });
});
