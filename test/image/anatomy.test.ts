import { expect, test } from 'vitest';
import { placeUnits } from '../../src/core/module.js';
import { anatomyOf } from '../../src/image/anatomy.js';

const part = (kind: 'output' | 'context' | 'residual', width: number) =>
  ({ path: `/${kind}${width}`, depth: 0, kind, tensor: kind, width }) as const;
const modules = placeUnits([part('output', 100), part('context', 3), part('residual', 2)]);

test('98 of 100 units reach no further than 1000; all are positive; others have their kind', () => {
  const norms = Float64Array.from({ length: 100 }, (_, i) => i / 10);
  norms[99] = 1e6;
  const { values, scale, weighted } = anatomyOf(modules, [norms, null, null]);
  expect(scale).toBeCloseTo(1000 / 9.7, 10);
  expect([values[50], values[97]]).toEqual([5 * scale!, 1000].map(Math.fround));
  expect([values[0], values[99]]).toEqual([1, 1500]);
  expect([...values.subarray(100)]).toEqual([300, 300, 300, 200, 200]);
  expect(weighted).toBe(100);
});

test.each([
  ['no weights', null],
  ['weights of 0', new Float64Array(100)],
])('%s: the kind alone', (_, norms) => {
  const { values, scale, weighted } = anatomyOf(modules, [norms, null, null]);
  expect([scale, weighted]).toEqual([null, 0]);
  expect(new Set(values)).toEqual(new Set([400, 300, 200]));
});
