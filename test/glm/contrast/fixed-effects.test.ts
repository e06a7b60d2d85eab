import { expect, test } from 'vitest';
import { mapsOf } from '../../../src/glm/contrast/contrast-maps.js';
import { combineRuns } from '../../../src/glm/contrast/fixed-effects.js';

const run = (effect: number[], variance: number[], contrast = 'a') =>
  mapsOf({
    contrast,
    dof: 30,
    effect: Float64Array.from(effect),
    variance: Float64Array.from(variance),
  });

test('two equal runs: the same effect, half the variance, twice the dof', () => {
  const one = run([3, -1], [2, 0.5]);
  for (const precisionWeighted of [false, true]) {
    const both = combineRuns([one, one], { precisionWeighted });
    expect([...both.effect]).toEqual([3, -1]);
    expect([...both.variance]).toEqual([1, 0.25]);
    expect(both.dof).toBe(60);
  }
});

test('precision weights leave out a run in which a unit never changed', () => {
  const weighted = combineRuns([run([0, 0], [0, 0]), run([4, 0], [2, 0])], {
    precisionWeighted: true,
  });
  expect([...weighted.effect]).toEqual([4, 0]);
  expect([...weighted.variance]).toEqual([2, 0]);
  expect([...weighted.t]).toEqual([4 / Math.sqrt(2), 0]);
});

test('runs of different contrasts or units are refused, and none at all', () => {
  const code = 'data/runs';
  const refuse = (runs: ReturnType<typeof run>[]) =>
    expect(() => combineRuns(runs)).toThrow(expect.objectContaining({ code }));
  refuse([]);
  refuse([run([1], [1]), run([1], [1], 'b')]);
  refuse([run([1], [1]), run([1, 2], [1, 2])]);
});
