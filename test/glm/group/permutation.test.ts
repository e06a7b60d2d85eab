import { expect, test } from 'vitest';
import type { DesignMatrix } from '../../../src/core/design.js';
import { parseContrast } from '../../../src/glm/contrast/contrast.js';
import { contrastMaps } from '../../../src/glm/contrast/contrast-maps.js';
import { makeDesign } from '../../../src/glm/design/design.js';
import { frameTimesOf } from '../../../src/glm/design/frame-times.js';
import { fitGlm } from '../../../src/glm/fit/fit.js';
import { permutationTest } from '../../../src/glm/group/permutation.js';
import type { Exchangeability, Scheme } from '../../../src/glm/group/permutation-rearrangements.js';
import { pairedDifferences, seriesOfMaps } from '../../../src/glm/group/second-level.js';
import {
  oneSampleDesign,
  pairedDesign,
  subjectDesign,
  twoSampleDesign,
} from '../../../src/glm/group/second-level-design.js';
import { promptMeans } from '../../../src/glm/prompts/prompt-means.js';
import { groupByPrompt, promptDesign } from '../../../src/glm/prompts/prompts.js';
import { makeRandom } from '../../../src/math/random.js';
import { largestRelative } from '../../golden/read.js';
import { seriesOf } from '../../golden/run.js';
import { normals } from '../simulate.js';

interface Case {
  readonly maps: readonly Float64Array[]; // [rows][units]
  readonly design: DesignMatrix;
  readonly formula: string;
  readonly scheme: Scheme;
  readonly exchangeability?: Exchangeability;
  readonly permutations?: number;
  readonly seed?: number;
}

const run = ({ maps, design, formula, ...rest }: Case) =>
  permutationTest({
    series: seriesOfMaps(maps),
    design,
    contrast: parseContrast(formula, design.names),
    ...rest,
  });

const makeMaps = (rows: number, units: number, seed: number) =>
  Array.from({ length: rows }, (_, row) => normals(units, seed + row)); // [rows][units]

const oneSample = (maps: readonly Float64Array[]): Case => ({
  maps,
  design: oneSampleDesign(maps.length),
  formula: 'intercept',
  scheme: 'sign-flips',
});

test('tiny cases: p by counting on paper', async () => {
  // 1, 2, 3: only all plus and all minus reach |sum| 6. 1, -2, 2: |sum| >= 1 in all 8 flips; its
  // (1, 2, 2) and (-1, -2, -2) have r^2 = 25/27, more than the first unit's 36/42.
  const flips = await run(
    oneSample([Float64Array.of(1, 1), Float64Array.of(2, -2), Float64Array.of(3, 2)]),
  );
  expect([flips.exact, flips.permutations, flips.dof]).toEqual([true, 7, 2]);
  expect([...flips.p]).toEqual([2 / 8, 1]);
  expect([...flips.pFwe]).toEqual([4 / 8, 1]);
  expect(flips.t[0]).toBeCloseTo(2 / (1 / Math.sqrt(3)), 12);

  // Three against three, apart: 2 of 20 splits. 0, 0, 1 against 0, 1, 1: no split has less.
  const shuffles = await run({
    maps: [
      [1, 0],
      [2, 0],
      [3, 1],
      [7, 0],
      [8, 1],
      [9, 1],
    ].map((row) => Float64Array.from(row)),
    design: twoSampleDesign(['a', 'a', 'a', 'b', 'b', 'b']),
    formula: 'b - a',
    scheme: 'shuffles',
  });
  expect([shuffles.exact, shuffles.permutations]).toEqual([true, 719]);
  expect(shuffles.p[0]).toBeCloseTo(2 / 20, 14);
  expect(shuffles.p[1]).toBeCloseTo(20 / 20, 14);
});

const sorted = (values: ArrayLike<number>) => Float64Array.from(values).sort();

/** All flips of 2^n, one-sample t by its definition. */
function enumerateFlips(maps: readonly Float64Array[]) {
  const n = maps.length;
  const tOf = (flip: number, u: number) => {
    const y = maps.map((map, i) => ((flip >> i) & 1 ? -map[u] : map[u]));
    const mean = y.reduce((a, b) => a + b, 0) / n;
    const variance = y.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1);
    return Math.abs(mean) / Math.sqrt(variance / n);
  };
  const units = [...maps[0].keys()];
  const all = Array.from({ length: 2 ** n }, (_, flip) => units.map((u) => tOf(flip, u)));
  const maxima = all.map((t) => Math.max(...t));
  const share = (values: readonly number[], t: number) =>
    values.filter((value) => value >= t * (1 - 1e-9)).length / values.length;
  return {
    p: units.map((u) =>
      share(
        all.map((t) => t[u]),
        all[0][u],
      ),
    ),
    pFwe: units.map((u) => share(maxima, all[0][u])),
    maxima: maxima.slice(1),
  };
}

test('all sign flips: the same p and maxima as by the definition', async () => {
  const maps = makeMaps(8, 12, 10).map((map) => map.map((v, u) => v + u / 6));
  const found = await run(oneSample(maps));
  const expected = enumerateFlips(maps);
  expect(found.permutations).toBe(255);
  expect(largestRelative(found.p, expected.p)).toBeLessThan(1e-12);
  expect(largestRelative(found.pFwe, expected.pFwe)).toBeLessThan(1e-12);
  expect(largestRelative(sorted(found.maxima), sorted(expected.maxima))).toBeLessThan(1e-9);
  expect(new Set(found.pFwe).size).toBeGreaterThan(5);
});

/** Every order of 0..n-1. */
function orders(n: number): number[][] {
  if (n === 0) return [[]];
  return orders(n - 1).flatMap((order) =>
    Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]),
  );
}

/** Freedman and Lane as they say it: nuisance fit + rearranged residuals, and the whole model again. */
async function refitted(
  { maps, design, formula, scheme }: Case,
  nuisance: DesignMatrix,
): Promise<Float64Array[]> {
  const n = maps.length;
  const units = maps[0].length;
  const rest = await fitGlm({ series: seriesOfMaps(maps), design: nuisance, noise: 'ols' });
  const effects = nuisance.names.map(
    (name) => contrastMaps(rest, parseContrast(name, nuisance.names)).effect,
  );
  const fitted = maps.map((_, i) =>
    Float64Array.from({ length: units }, (_, u) =>
      effects.reduce((sum, e, j) => sum + e[u] * nuisance.values[i * effects.length + j], 0),
    ),
  ); // [rows][units]
  const identity = Array.from({ length: n }, (_, i) => i);
  const ways =
    scheme === 'shuffles'
      ? orders(n).map((order) => ({ order, sign: identity.map(() => 1) }))
      : Array.from({ length: 2 ** n }, (_, flip) => ({
          order: identity,
          sign: identity.map((i) => ((flip >> i) & 1 ? -1 : 1)),
        }));
  const data = maps.map((_, i) => {
    const wide = ways.flatMap(({ order, sign }) =>
      Array.from(fitted[i], (f, u) => f + sign[i] * (maps[order[i]][u] - fitted[order[i]][u])),
    );
    return Float64Array.from(wide); // [ways, units]
  });
  const fit = await fitGlm({ series: seriesOfMaps(data), design, noise: 'ols' });
  const { t } = contrastMaps(fit, parseContrast(formula, design.names));
  return ways.map((_, way) => t.slice(way * units, (way + 1) * units).map(Math.abs)); // [ways][units]
}

const SIX = { x: [0, 1, 0, 1, 1, 0], age: [3, 1, 4, 1, 5, 9], one: [1, 1, 1, 1, 1, 1] };
const column = (name: keyof typeof SIX) => ({ name, values: SIX[name] });

test.each([
  ['shuffles', ['x', 'age', 'one'], ['age', 'one']],
  ['shuffles', ['x', 'age'], ['age']],
  ['sign-flips', ['x', 'age', 'one'], ['age', 'one']],
] as const)('%s of residuals, %s: Freedman and Lane by refitting', async (scheme, full, rest) => {
  const maps = makeMaps(6, 5, 70).map((map, i) => map.map((v, u) => v + u * SIX.x[i] + 100));
  const design = subjectDesign(full.map(column));
  const options = { maps, design, formula: 'x', scheme };
  const found = await run(options);
  const all = await refitted(options, subjectDesign(rest.map(column)));
  expect(found.permutations + 1).toBe(all.length);
  const identity = all.findIndex((t) => largestRelative(t, found.t.map(Math.abs)) < 1e-9);
  expect(identity).toBeGreaterThanOrEqual(0);
  const maxima = all.map((t) => Math.max(...t));
  const others = maxima.filter((_, way) => way !== identity);
  expect(largestRelative(sorted(found.maxima), sorted(others))).toBeLessThan(1e-8);
  found.t.forEach((t, u) => {
    const share = (values: readonly number[]) =>
      values.filter((value) => value >= Math.abs(t) * (1 - 1e-9)).length / values.length;
    expect(found.p[u]).toBeCloseTo(share(all.map((way) => way[u])), 12);
    expect(found.pFwe[u]).toBeCloseTo(share(maxima), 12);
  });
});

test("t is the GLM's; larger |t| never has the larger p", async () => {
  const maps = makeMaps(14, 50, 200).map((map, s) =>
    map.map((v, u) => 1e8 + v + (s % 2) * (u / 20)),
  );
  const design = twoSampleDesign(maps.map((_, s) => (s % 2 ? 'b' : 'a')));
  const contrast = parseContrast('b - a', design.names);
  const found = await run({
    maps,
    design,
    formula: 'b - a',
    scheme: 'shuffles',
    permutations: 500,
  });
  const fit = await fitGlm({ series: seriesOfMaps(maps), design, noise: 'ols' });
  expect(largestRelative(found.t, contrastMaps(fit, contrast).t)).toBeLessThan(1e-9);
  const order = [...found.t.keys()].sort((a, b) => Math.abs(found.t[a]) - Math.abs(found.t[b]));
  order.slice(1).forEach((unit, i) => {
    expect(found.pFwe[unit]).toBeLessThanOrEqual(found.pFwe[order[i]]);
  });
  found.p.forEach((p, u) => {
    expect(p).toBeGreaterThanOrEqual(1 / 501);
    expect(found.pFwe[u]).toBeGreaterThanOrEqual(p);
  });
});

test('paired: shuffles within subjects are sign flips of differences', async () => {
  const subjects = ['p', 'q', 'r', 's', 't', 'u', 'v'];
  const rest = makeMaps(7, 20, 300);
  const task = makeMaps(7, 20, 310).map((map) => map.map((v, u) => v + u / 10));
  const flips = await run(oneSample(pairedDifferences(task, rest)));
  const shuffles = await run({
    maps: [...rest, ...task],
    design: pairedDesign({
      subjectOf: [...subjects, ...subjects],
      conditionOf: [...subjects.map(() => 'rest'), ...subjects.map(() => 'task')],
    }),
    formula: 'task',
    scheme: 'shuffles',
    exchangeability: { kind: 'within-blocks', blockOf: [...subjects, ...subjects] },
  });
  expect([flips.permutations, shuffles.permutations]).toEqual([127, 127]);
  expect(largestRelative(shuffles.t, flips.t)).toBeLessThan(1e-9);
  expect(largestRelative(shuffles.p, flips.p)).toBeLessThan(1e-12);
  expect(largestRelative(shuffles.pFwe, flips.pFwe)).toBeLessThan(1e-12);
});

test('the same seed gives the same bytes, whatever the blocks of the series; another other ones', async () => {
  const units = 2500; // more than one tile
  const values = normals(16 * units, 400);
  const design = oneSampleDesign(16);
  const contrast = parseContrast('intercept', design.names);
  const make = (blockVolumes: number, seed: number) =>
    permutationTest({
      series: seriesOf({ values, units, blockVolumes }),
      design,
      contrast,
      scheme: 'sign-flips',
      permutations: 150,
      seed,
    });
  const first = await make(16, 1);
  expect(await make(3, 1)).toEqual(first);
  expect((await make(16, 2)).maxima).not.toEqual(first.maxima);

  // Units do not depend on their neighbours: those of the second tile by themselves.
  const tail = values.filter((_, i) => i % units >= 2048);
  const alone = await permutationTest({
    series: seriesOf({ values: tail, units: units - 2048 }),
    design,
    contrast,
    scheme: 'sign-flips',
    permutations: 150,
    seed: 1,
  });
  expect(alone.p).toEqual(first.p.slice(2048));
});

test('units that never change have t 0 and p 1; exact ones a finite t', async () => {
  const maps = makeMaps(7, 3, 500).map((map, s) => Float64Array.of(map[0], 1e6, s % 2));
  const found = await run({
    maps,
    design: twoSampleDesign(maps.map((_, s) => (s % 2 ? 'b' : 'a'))),
    formula: 'b - a',
    scheme: 'shuffles',
  });
  expect([found.t[1], found.p[1], found.pFwe[1]]).toEqual([0, 1, 1]);
  expect(found.t[2]).toBeGreaterThan(1e6);
  expect(Number.isFinite(found.t[2])).toBe(true);
  expect(found.p[2]).toBeCloseTo((6 * 24) / 5040, 12); // of 35 splits, the observed one
});

test('under the null p is uniform', async () => {
  const found = await run({ ...oneSample(makeMaps(20, 2000, 600)), permutations: 999 });
  const rising = sorted(found.p);
  const distance = rising.reduce(
    (most, p, i) => Math.max(most, Math.abs(p - (i + 1) / 2000), Math.abs(p - i / 2000)),
    0,
  );
  expect(distance).toBeLessThan(1.63 / Math.sqrt(2000)); // Kolmogorov and Smirnov at 0.01
});

const ONE = { name: 'one', values: new Float64Array(12).fill(1) };
const X = { name: 'x', values: [0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0] };
const COVARIATE = { name: 'covariate', values: normals(12, 9) };
const cubed = (v: number) => v ** 3;
const plain = (v: number) => v;

test.each([
  // Where p is exact, errors may be of any kind: here heavy-tailed, cubes of normals.
  { name: 'sign flips', scheme: 'sign-flips', columns: [ONE], error: cubed },
  { name: 'shuffles', scheme: 'shuffles', columns: [X, ONE], error: cubed },
  // With a covariate it is approximate, and good for normal errors.
  { name: 'with a covariate', scheme: 'shuffles', columns: [X, COVARIATE, ONE], error: plain },
] as const)('family-wise error is 0.05: $name', async ({ scheme, columns, error }) => {
  const trials = 500;
  const design = subjectDesign(columns);
  let errors = 0;
  for (let trial = 0; trial < trials; trial++) {
    const noise = normals(12 * 31, 10_000 + trial).map(error);
    // 30 units, which share half of their variance and more, and the covariate's effect.
    const maps = Array.from({ length: 12 }, (_, i) =>
      Float64Array.from({ length: 30 }, (_, u) => {
        const known = columns.length === 3 ? 5 * COVARIATE.values[i] : 0;
        return noise[i * 31 + u] + 1.5 * noise[i * 31 + 30] + known;
      }),
    );
    const formula = columns[0].name;
    const { pFwe } = await run({ maps, design, formula, scheme, permutations: 199, seed: trial });
    errors += pFwe.some((p) => p <= 0.05) ? 1 : 0;
  }
  const spread = 3 * Math.sqrt((0.05 * 0.95) / trials);
  expect(Math.abs(errors / trials - 0.05)).toBeLessThan(spread);
});

test('blocks that share a level: exchanged as wholes they hold the error, rows by themselves do not', async () => {
  const blockOf = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5];
  const x = blockOf.map((block) => block % 2);
  const design = subjectDesign([
    { name: 'x', values: x },
    { name: 'one', values: new Float64Array(18).fill(1) },
  ]);
  const errors = { rows: 0, 'whole-blocks': 0 };
  const trials = 250;
  for (let trial = 0; trial < trials; trial++) {
    const noise = normals(24, 50_000 + trial);
    const maps = blockOf.map((block, i) => Float64Array.of(noise[i] + 2 * noise[18 + block]));
    for (const kind of ['rows', 'whole-blocks'] as const) {
      const exchangeability = kind === 'rows' ? { kind } : { kind, blockOf };
      const options = { maps, design, formula: 'x', scheme: 'shuffles', exchangeability } as const;
      const { p } = await run({ ...options, permutations: 719, seed: trial });
      errors[kind] += p[0] <= 0.1 ? 1 : 0;
    }
  }
  const spread = 3 * Math.sqrt((0.1 * 0.9) / trials);
  expect(Math.abs(errors['whole-blocks'] / trials - 0.1)).toBeLessThan(spread);
  expect(errors.rows / trials).toBeGreaterThan(0.3);
});

test('over prompts of a run: units that respond are found, no others', async () => {
  // 24 prompts of 4 tokens, every other one a task; all tokens of a prompt share a level.
  const units = 200;
  const frameTimes = frameTimesOf({ volumes: 96, repetitionTime: 1 });
  const types = makeRandom(3).shuffle(
    Array.from({ length: 24 }, (_, i) => (i % 2 ? 'task' : 'rest')),
  );
  const events = types.map((trialType, i) => ({
    onset: 4 * i,
    duration: 4,
    trialType,
    prompt: `prompt-${i}`,
  }));
  const levels = normals(24 * units, 700);
  const values = normals(96 * units, 701).map((v, at) => {
    const [prompt, unit] = [Math.floor(at / units / 4), at % units];
    const response = types[prompt] === 'task' && unit < 5 ? 4 : 0;
    return v + levels[prompt * units + unit] + response;
  });
  const groups = groupByPrompt({ events, frameTimes });
  const design = promptDesign(makeDesign({ events, frameTimes, conditions: ['task'] }), groups);
  const found = await permutationTest({
    series: promptMeans(seriesOf({ values, units }), groups),
    design,
    contrast: parseContrast('task', design.names),
    scheme: 'shuffles',
    permutations: 2000,
  });
  expect([found.exact, found.permutations, found.dof]).toEqual([false, 2000, 22]);
  const active = [...found.pFwe.keys()].filter((unit) => found.pFwe[unit] <= 0.05);
  expect(active).toEqual([0, 1, 2, 3, 4]);
});

test('data and numbers of permutations that cannot be used are refused', async () => {
  const refused = (code: string) => expect.objectContaining({ code });
  const maps = makeMaps(5, 3, 800);
  for (const permutations of [0, 1.5, -1, Number.NaN]) {
    const made = run({ ...oneSample(maps), permutations });
    await expect(made).rejects.toThrow(refused('design/permutations'));
  }
  const longer = run({ ...oneSample(maps), design: oneSampleDesign(6) });
  await expect(longer).rejects.toThrow(refused('data/volumes'));
  const broken = maps.map((map, s) => map.map((v, u) => (s === 2 && u === 1 ? Number.NaN : v)));
  const made = run(oneSample(broken));
  await expect(made).rejects.toThrow(refused('data/not-finite'));
  await expect(made).rejects.toThrow('row 2, unit 1');
});
