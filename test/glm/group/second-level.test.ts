import { expect, test } from 'vitest';
import { parseContrast } from '../../../src/glm/contrast/contrast.js';
import { contrastMaps } from '../../../src/glm/contrast/contrast-maps.js';
import {
  fitSecondLevel,
  pairedDifferences,
  seriesOfMaps,
} from '../../../src/glm/group/second-level.js';
import {
  oneSampleDesign,
  pairedDesign,
  subjectDesign,
  twoSampleDesign,
} from '../../../src/glm/group/second-level-design.js';
import { largestRelative, table } from '../../golden/read.js';
import { normals } from '../simulate.js';

const UNITS = 30;
const makeMaps = (count: number, seed: number) =>
  Array.from({ length: count }, (_, s) => normals(UNITS, seed + s)); // [count][units]

async function testedMaps(
  maps: readonly Float64Array[],
  design: ReturnType<typeof subjectDesign>,
  formula: string,
) {
  const fit = await fitSecondLevel({ maps, design });
  return contrastMaps(fit, parseContrast(formula, design.names));
}

test("one sample: nilearn's SecondLevelModel", async () => {
  const golden = table('second-level_one-sample.tsv');
  const maps = Array.from({ length: 8 }, (_, s) => Float64Array.from(golden.number(`sub${s + 1}`)));
  const found = await testedMaps(maps, oneSampleDesign(8), 'intercept');
  expect(golden.length).toBe(256);
  expect(found.dof).toBe(7);
  expect(largestRelative(found.t, golden.number('t'))).toBeLessThan(1e-10);
  expect(largestRelative(found.z, golden.number('z'))).toBeLessThan(1e-10);
});

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const squares = (values: readonly number[]) =>
  values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0);

test("two samples: Student's t with the pooled variance", async () => {
  const maps = makeMaps(9, 20);
  const groupOf = ['b', 'a', 'b', 'b', 'a', 'b', 'a', 'b', 'a'];
  const found = await testedMaps(maps, twoSampleDesign(groupOf), 'a - b');
  expect(found.dof).toBe(7);
  for (let u = 0; u < UNITS; u++) {
    const of = (group: string) => maps.filter((_, s) => groupOf[s] === group).map((map) => map[u]);
    const [a, b] = [of('a'), of('b')];
    const variance = ((squares(a) + squares(b)) / 7) * (1 / 4 + 1 / 5);
    expect(found.effect[u]).toBeCloseTo(mean(a) - mean(b), 12);
    expect(found.t[u]).toBeCloseTo((mean(a) - mean(b)) / Math.sqrt(variance), 10);
  }
});

test('paired: a one-sample test of differences, and the same from one map a condition', async () => {
  const [rest, task] = [makeMaps(6, 40), makeMaps(6, 50)];
  const byDifference = await testedMaps(
    pairedDifferences(task, rest),
    oneSampleDesign(6),
    'intercept',
  );
  const subjects = ['p', 'q', 'r', 's', 't', 'u'];
  const design = pairedDesign({
    subjectOf: [...subjects, ...subjects],
    conditionOf: [...rest.map(() => 'rest'), ...task.map(() => 'task')],
  });
  const byDesign = await testedMaps([...rest, ...task], design, 'task');
  expect(byDesign.dof).toBe(5);
  expect(byDifference.dof).toBe(5);
  expect(largestRelative(byDesign.effect, byDifference.effect)).toBeLessThan(1e-10);
  expect(largestRelative(byDesign.t, byDifference.t)).toBeLessThan(1e-10);
});

test('a covariate: the slope that was put in', async () => {
  const age = Float64Array.of(1, 2, 3, 4, 7, 9);
  const noise = makeMaps(6, 60);
  const maps = noise.map((map, s) => map.map((v, u) => 1e-6 * v + u * age[s] + 5));
  const design = subjectDesign([
    { name: 'age', values: age },
    { name: 'intercept', values: new Float64Array(6).fill(1) },
  ]);
  const found = await testedMaps(maps, design, 'age');
  found.effect.forEach((effect, u) => {
    expect(effect).toBeCloseTo(u, 5);
  });
});

test('labels, columns and maps that do not fit are refused', async () => {
  const refused = (code: string) => expect.objectContaining({ code });
  expect(() => twoSampleDesign(['a', 'a'])).toThrow(refused('design/labels'));
  const unpaired = { subjectOf: ['p', 'p', 'q'], conditionOf: ['a', 'b', 'a'] };
  expect(() => pairedDesign(unpaired)).toThrow(refused('design/labels'));
  const twice = { subjectOf: ['p', 'p', 'q', 'q'], conditionOf: ['a', 'a', 'a', 'b'] };
  expect(() => pairedDesign(twice)).toThrow(refused('design/labels'));
  expect(() =>
    subjectDesign([
      { name: 'x', values: [1, 2] },
      { name: 'y', values: [1, Number.NaN] },
    ]),
  ).toThrow(refused('design/column'));
  const x = { name: 'x', values: [1, 2] };
  expect(() => subjectDesign([x, x])).toThrow(refused('design/column'));
  expect(() => seriesOfMaps([])).toThrow(refused('data/maps'));
  expect(() => seriesOfMaps([new Float64Array(2), new Float64Array(3)])).toThrow(
    refused('data/maps'),
  );
  expect(() => pairedDifferences([new Float64Array(2)], [])).toThrow(refused('data/maps'));
  const fit = fitSecondLevel({ maps: makeMaps(3, 1), design: oneSampleDesign(4) });
  await expect(fit).rejects.toThrow(refused('data/volumes'));
});
