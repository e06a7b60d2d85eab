import { describe, expect, test } from 'vitest';
import type { DesignMatrix } from '../../../../src/core/design.js';
import { parseContrast } from '../../../../src/glm/contrast/contrast.js';
import { clusterRobustMaps } from '../../../../src/glm/prompts/cluster-robust/cluster-robust.js';
import type { ScaledSums, Weighting } from '../../../../src/glm/prompts/sums/accumulated-sums.js';
import { designInPrompts } from '../../../../src/glm/prompts/sums/design-in-prompts.js';
import { sumByPrompt } from '../../../../src/glm/prompts/sums/prompt-sums.js';
import { sumsOfPrompts } from '../../../../src/glm/prompts/sums/sums-of-prompts.js';
import { sumsOfVolumes } from '../../../../src/glm/prompts/sums/sums-of-volumes.js';
import { makeRandom } from '../../../../src/math/random.js';
import { largestRelative } from '../../../golden/read.js';
import { seriesOf } from '../../../golden/run.js';
import { arrivalsOf, designOf, onOff, promptNoise, promptsOf } from '../prompt-data.js';

const units = 30;
const groups = promptsOf([5, 17, 2, 9, 12, 8, 3, 20]);
const { promptOf } = groups;
const noise = promptNoise({ groups, units, icc: 0.3, seed: 4 });
const values = noise.map((value, i) => value + 1000 * (i % units)); // far from 0
const series = seriesOf({ values, units });
const arrivals = (length: number, seed: number) =>
  arrivalsOf({ values, units, groups, length, seed });

const on = promptOf.map((g) => g % 2);
const constant = promptOf.map(() => 1);
const position = promptOf.map((g, t) => t - promptOf.indexOf(g));
const power = (k: number) => Float64Array.from(promptOf, (_, t) => (t / promptOf.length) ** k);
const cosine = (k: number) =>
  Float64Array.from(promptOf, (_, t) => Math.cos((Math.PI * (k + 1) * t) / promptOf.length));
const DESIGNS: Record<string, DesignMatrix> = {
  'of replicates': onOff(groups),
  'with positions': designOf({ on, position, constant }),
  'with a drift': designOf({ on, one: power(1), two: power(2), three: power(3), constant }),
  'without a constant': designOf({ on, position }),
  'that all changes': designOf({ one: power(0.3), two: power(2) }),
  'of many columns': designOf(
    Object.fromEntries([...'abcdefghi'].map((name, k) => [name, cosine(k)])),
  ),
};

describe.each(Object.keys(DESIGNS))('a design %s', (name) => {
  const design = DESIGNS[name];

  test('leads to the sums written out, in whatever order prompts come', async () => {
    const { inverseR, ...inOrder } = await sumByPrompt({ series, design, groups });
    const { length: p } = design.names;
    const d = values.map((value, i) => value - (inOrder.shifts.length > 0 ? values[i % units] : 0));
    const expected = new Float64Array(p * units);
    const scale = new Float64Array(p * units); // of what is summed
    for (let t = 0; t < design.rows; t++)
      for (let j = 0; j < p; j++) {
        let q = 0;
        for (let i = 0; i < p; i++) q += design.values[t * p + i] * inverseR[i * p + j];
        for (let u = 0; u < units; u++) {
          expected[j * units + u] += q * d[t * units + u];
          scale[j * units + u] += Math.abs(q * d[t * units + u]);
        }
      }
    const found = inOrder.columnSums;
    for (const [i, sum] of expected.entries())
      expect(Math.abs(found[i] - sum)).toBeLessThan(1e-12 * scale[i]);
    for (const length of [8, 3]) {
      const arriving = arrivals(length, 5);
      const { inverseR: _, ...own } = await sumByPrompt({ series, arriving, design, groups });
      expect(own).toEqual(inOrder);
    }
  });

  test.each([
    ['one', 1],
    ['five', 5],
  ])('with %s weightings leads to the sums of volumes in their order', async (_, count) => {
    const inside = designInPrompts(design, groups, series.volumes);
    const random = makeRandom(count);
    const columnsOf = () =>
      Float64Array.from({ length: groups.prompts.length * inside.basis.columns }, random.uniform);
    const weightings = Array.from(
      { length: count },
      (): Weighting => ({
        constant: random.uniform(),
        columns: columnsOf(),
      }),
    );
    const how = { series, groups, inside, weightings, exactSquares: true };
    const [found, expected] = [await sumsOfPrompts(how), await sumsOfVolumes(how)];
    for (const sums of ['shift', 'columnSums', 'squares'] as const)
      expect(largestRelative(found[sums], expected[sums])).toBeLessThan(1e-9);
    for (const [w, parts] of found.weighted.entries())
      expect(largestRelative(added(parts), added(expected.weighted[w]))).toBeLessThan(1e-9);
    const arriving = arrivals(4, 6);
    expect(await sumsOfPrompts({ ...how, arriving })).toEqual(found);
  });

  test('has robust variances, in whatever order prompts come', async () => {
    const contrasts = design.names.map((column) => parseContrast(column, design.names));
    for (const some of [contrasts, contrasts.slice(0, 1)]) {
      const how = { series, design, groups, contrasts: some };
      const found = await clusterRobustMaps({ ...how, arriving: arrivals(4, 6) });
      expect(found).toEqual(await clusterRobustMaps(how));
    }
  });
});

/** Sums over each prompt, of all parts. */
const added = (parts: readonly ScaledSums[]) =>
  parts[0].sums.map((_, i) =>
    parts.reduce((sum, own) => sum + own.scales[Math.floor(i / units)] * own.sums[i], 0),
  ); // [prompts, units]
