import { expect, test } from 'vitest';
import { hommel, twoSidedP } from '../../../src/glm/group/ari.js';
import {
  groupsOfLayers,
  groupsOfModules,
  trueDiscoveries,
} from '../../../src/glm/group/ari-groups.js';
import { makeRandom } from '../../../src/math/random.js';
import { table } from '../../golden/read.js';
import { normals } from '../simulate.js';

/**
 * Closed testing by its definition: a set of hypotheses is rejected where Simes' test rejects it and every
 * set that holds it; of a set S, |S| less the size of its largest subset not rejected are active at least.
 * Sets are bit masks.
 */
function closedTesting(p: readonly number[], alpha: number): Int32Array {
  const sets = 2 ** p.length;
  const membersOf = (set: number) => p.filter((_, i) => (set >> i) & 1);
  const rejected = Array.from({ length: sets }, (_, set) => {
    const rising = membersOf(set).sort((a, b) => a - b);
    return rising.some((value, j) => rising.length * value <= (j + 1) * alpha);
  });
  for (let set = sets - 1; set >= 0; set--) {
    for (let i = 0; i < p.length; i++) rejected[set] &&= rejected[set | (1 << i)];
  }
  return Int32Array.from({ length: sets }, (_, set) => {
    let largest = 0;
    for (let subset = set; subset > 0; subset = (subset - 1) & set) {
      if (!rejected[subset]) largest = Math.max(largest, membersOf(subset).length);
    }
    return membersOf(set).length - largest;
  }); // [sets]
}

const indicesOf = (set: number, m: number) =>
  Array.from({ length: m }, (_, i) => i).filter((i) => (set >> i) & 1);

test('every subset of up to ten hypotheses: the bound of closed testing', () => {
  const random = makeRandom(1);
  const found = new Map<number, number>();
  for (let trial = 0; trial < 150; trial++) {
    const m = 1 + (trial % 10);
    // Multiples of 1/1024 compare exactly, ties included.
    const p = Array.from({ length: m }, () =>
      random.uniform() < 0.6 ? random.integer(130) / 1024 : random.integer(1025) / 1024,
    );
    const alpha = [1 / 16, 1 / 8, 3 / 8][trial % 3];
    const expected = closedTesting(p, alpha);
    const { h, discoveries } = hommel(p, alpha);
    expected.forEach((wanted, set) => {
      const units = indicesOf(set, m);
      if (discoveries(units) !== wanted) expect({ p, alpha, units }).toBe(wanted);
      found.set(wanted, (found.get(wanted) ?? 0) + 1);
    });
    expect(m - h).toBe(expected.at(-1));
  }
  expect([...found.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('known answers: none, all, and one far out', () => {
  expect(hommel([0.5, 0.9, 0.3], 0.05)).toMatchObject({ h: 3 });
  const all = hommel([0.01, 0.02, 0.03], 0.05);
  expect([all.h, all.discoveries([0, 1, 2]), all.discoveries([2])]).toEqual([0, 3, 1]);
  const one = hommel([1e-300, 0.5, 0.6, 0.7], 0.05);
  expect([one.h, one.discoveries([0]), one.discoveries([0, 1, 2, 3])]).toEqual([3, 1, 1]);
  expect(one.discoveries([1, 2, 3])).toBe(0);
  expect(one.discoveries([])).toBe(0);
});

test("single units: rejected where Hommel's adjusted p (statsmodels) is at most alpha", () => {
  const golden = table('hommel.tsv');
  const p = golden.number('p');
  const adjusted = golden.number('adjusted');
  for (const alpha of [0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 0.9]) {
    const { discoveries } = hommel(p, alpha);
    const rejected = p.map((_, unit) => discoveries([unit]) === 1);
    expect(rejected).toEqual(adjusted.map((value) => value <= alpha));
  }
});

test('a mask says the same as indices; a larger set never holds less', () => {
  const p = table('hommel.tsv').number('p');
  const { discoveries, h } = hommel(p, 0.05);
  const mask = Uint8Array.from(p, (value) => (value < 0.01 ? 1 : 0));
  const indices = [...p.keys()].filter((unit) => mask[unit]);
  expect(discoveries(mask)).toBe(discoveries(indices));
  expect(discoveries(Int32Array.from(indices))).toBe(discoveries(indices));
  let before = 0;
  for (let size = 0; size <= p.length; size++) {
    const now = discoveries(Int32Array.from({ length: size }, (_, i) => i));
    expect(now - before === 0 || now - before === 1).toBe(true);
    before = now;
  }
  expect(before).toBe(p.length - h);
});

test('two-sided p from z, far into the tail', () => {
  const p = twoSidedP([0, 1.959963984540054, -1.959963984540054, 38, -400]);
  expect(p[0]).toBe(1);
  expect(p[1]).toBeCloseTo(0.05, 14);
  expect(p[2]).toBe(p[1]);
  expect(p[3] / 5.770856e-316).toBeCloseTo(1, 5);
  expect(p[4]).toBe(0);
});

test('groups of modules and layers', () => {
  const module = (path: string, depth: number | 'head', width: number, firstUnit: number) => ({
    path,
    depth,
    kind: 'output' as const,
    tensor: path,
    width,
    firstUnit,
  });
  const modules = [module('/a', 0, 2, 0), module('/b', 1, 1, 2), module('/c', 0, 3, 3)];
  const p = [1e-9, 1e-9, 0.9, 1e-9, 0.9, 0.8];
  expect(trueDiscoveries({ p, groups: groupsOfModules(modules), alpha: 0.05 })).toEqual([
    { name: '/a', units: 2, discoveries: 2, proportion: 1 },
    { name: '/b', units: 1, discoveries: 0, proportion: 0 },
    { name: '/c', units: 3, discoveries: 1, proportion: 1 / 3 },
  ]);
  expect(trueDiscoveries({ p, groups: groupsOfLayers(modules), alpha: 0.05 })).toEqual([
    { name: 'layer 0', units: 5, discoveries: 3, proportion: 0.6 },
    { name: 'layer 1', units: 1, discoveries: 0, proportion: 0 },
  ]);
  const masked = [
    { name: 'mask', units: Uint8Array.of(1, 0, 1, 0, 0, 0) },
    { name: 'none', units: [] },
  ];
  expect(trueDiscoveries({ p, groups: masked, alpha: 0.05 })).toEqual([
    { name: 'mask', units: 2, discoveries: 1, proportion: 0.5 },
    { name: 'none', units: 0, discoveries: 0, proportion: 0 },
  ]);
});

/** Shares of simulations in which the bound of any of many sets exceeds its number of active units. */
function tooMany(options: { trials: number; shared: number; alpha: number }): number {
  const { trials, shared, alpha } = options;
  const m = 60;
  let wrong = 0;
  for (let trial = 0; trial < trials; trial++) {
    const noise = normals(m + 1, 1000 + trial);
    const own = Math.sqrt(1 - shared);
    const active = (unit: number) => unit % 6 === 0;
    const z = Float64Array.from({ length: m }, (_, unit) => {
      return own * noise[unit] + Math.sqrt(shared) * noise[m] + (active(unit) ? 3.5 : 0);
    });
    const p = twoSidedP(z);
    const { discoveries } = hommel(p, alpha);
    // Sets chosen after looking: the inactive units, and the most significant ones, of every size.
    const order = [...p.keys()].sort((a, b) => p[a] - p[b]);
    const inactive = order.filter((unit) => !active(unit));
    const sets = order.flatMap((_, size) => [order.slice(0, size), inactive.slice(0, size)]);
    wrong += sets.some((set) => discoveries(set) > set.filter(active).length) ? 1 : 0;
  }
  return wrong / trials;
}

test('coverage: the bounds of all sets at once hold with confidence 1 - alpha', () => {
  const trials = 2000;
  const bound = (alpha: number) => alpha + 3 * Math.sqrt((alpha * (1 - alpha)) / trials);
  const independent = tooMany({ trials, shared: 0, alpha: 0.1 });
  expect(independent).toBeLessThan(bound(0.1));
  expect(independent).toBeGreaterThan(0.05); // of 50 inactive of 60: nearly all of alpha is used
  expect(tooMany({ trials, shared: 0.5, alpha: 0.1 })).toBeLessThan(bound(0.1));
});

test('p values and sets that are none are refused', () => {
  const refused = (code: string) => expect.objectContaining({ code });
  for (const p of [[], [0.5, Number.NaN], [1.1], [-0.1]]) {
    expect(() => hommel(p, 0.05)).toThrow(refused('data/p-values'));
  }
  for (const alpha of [0, 1, Number.NaN]) {
    expect(() => hommel([0.5], alpha)).toThrow(refused('data/p-values'));
  }
  const { discoveries } = hommel([0.1, 0.2, 0.3], 0.05);
  for (const set of [[0, 0], [3], [-1], [0.5], Uint8Array.of(1, 0)]) {
    expect(() => discoveries(set)).toThrow(refused('data/unit-set'));
  }
});
