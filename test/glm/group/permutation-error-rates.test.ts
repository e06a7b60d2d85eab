import { expect, test } from 'vitest';
import { parseContrast } from '../../../src/glm/contrast/contrast.js';
import { makeDesign } from '../../../src/glm/design/design.js';
import { frameTimesOf } from '../../../src/glm/design/frame-times.js';
import { permutationTest } from '../../../src/glm/group/permutation.js';
import { subjectDesign } from '../../../src/glm/group/second-level-design.js';
import { promptMeans } from '../../../src/glm/prompts/prompt-means.js';
import { groupByPrompt, promptDesign } from '../../../src/glm/prompts/prompts.js';
import { makeRandom } from '../../../src/math/random.js';
import { seriesOf } from '../../golden/run.js';
import { normals } from '../simulate.js';
import { makeMaps, oneSample, run, sorted } from './permutation-cases.js';

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
