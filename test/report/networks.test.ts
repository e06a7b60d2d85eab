import { expect, test } from 'vitest';
import { showLayers } from '../../src/report/networks.js';

test('a layer’s lower bound is shown as a share; nothing where layers are unknown', () => {
  const modules = [
    { level: 'layer', name: 'layer 0', proportion: 0.125 },
    { level: 'module', name: '/fc1:output', proportion: 1 },
  ];
  const text = showLayers([{ task: 'x', contrast: 'law', modules }]);
  expect(text).toContain('12.5%');
  expect(text).toContain('layer 0');
  expect(text).not.toContain('fc1');
  expect(showLayers([{ task: 'x', contrast: 'law' }])).toBe('');
});
