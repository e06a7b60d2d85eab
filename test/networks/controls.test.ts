import { expect, test } from 'vitest';
import { makeRandom } from '../../src/math/random.js';
import { besideControls, matchedSet } from '../../src/networks/controls.js';

const MODULES = [
  [0, 1, 2, 3, 4],
  [5, 6, 7],
  [8, 9],
];

test('as many units of every module, none twice, and every unit as likely', () => {
  const random = makeRandom(1);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 3000; i++) {
    const set = matchedSet([1, 2, 9], MODULES, random);
    expect(new Set(set).size).toBe(3);
    expect(set.filter((u) => u < 5)).toHaveLength(2);
    expect(set.filter((u) => u >= 8)).toHaveLength(1);
    for (const u of set) counts[u]++;
  }
  for (const u of MODULES[0]) expect(Math.abs(counts[u] / 3000 - 0.4)).toBeLessThan(0.03);
  for (const u of MODULES[1]) expect(counts[u]).toBe(0);
});

test('beside controls: mean, sd, effect size and p are known', () => {
  const found = besideControls(-3, [-1, 0, 1, 0]);
  expect(found.controlMean).toBe(0);
  expect(found.controlSd).toBeCloseTo(Math.sqrt(2 / 3), 12);
  expect(found.effectSize).toBeCloseTo(-3 / Math.sqrt(2 / 3), 12);
  expect(found.p).toBe(2 / 5);
  expect(besideControls(0, [-1, 0, 1, 0]).p).toBe(1);
});

test('p is uniform where the value is one of the controls’ kind', () => {
  const random = makeRandom(4);
  const rate = Array.from({ length: 2000 }, () => {
    const [observed, ...controls] = Array.from({ length: 40 }, () => random.uniform());
    return besideControls(observed, controls).p <= 0.1 ? 1 : 0;
  }).reduce((sum: number, hit) => sum + hit, 0);
  expect(rate / 2000).toBeGreaterThan(0.07);
  expect(rate / 2000).toBeLessThan(0.13);
});
