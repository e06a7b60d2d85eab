import { describe, expect, test } from 'vitest';
import type { DesignMatrix } from '../../../src/core/design.js';
import { parseContrast } from '../../../src/glm/contrast/contrast.js';
import { clusterRobustMaps } from '../../../src/glm/prompts/cluster-robust.js';
import { sumByPrompt } from '../../../src/glm/prompts/prompt-sums.js';
import { largestRelative } from '../../golden/read.js';
import { seriesOf } from '../../golden/run.js';
import { arrivalsOf, designOf, onOff, promptNoise, promptsOf } from './prompt-data.js';

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
const DESIGNS: Record<string, DesignMatrix> = {
  'of replicates': onOff(groups),
  'with positions': designOf({ on, position, constant }),
  'with a drift': designOf({ on, one: power(1), two: power(2), three: power(3), constant }),
  'without a constant': designOf({ on, position }),
  'that all changes': designOf({ one: power(0.3), two: power(2) }),
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

  test('has robust variances that are those of volumes weighed one by one, in their order', async () => {
    const { names, rows } = design;
    const contrasts = names.map((column) => parseContrast(column, names));
    // Columns that say nothing new, but all change within prompts, and are more than the contrasts.
    const stirred = design.values.map((v, i) => v + (i % (3 * names.length) < 2 ? 1e-13 : 0));
    const found = await clusterRobustMaps({ series, design, groups, contrasts });
    for (const [i, contrast] of contrasts.entries()) {
      const weighed = { names, rows, values: stirred };
      const how = { series, design: weighed, groups, contrasts: [contrast] };
      const [expected] = await clusterRobustMaps(how);
      for (const statistic of ['effect', 'variance', 't'] as const)
        expect(largestRelative(found[i][statistic], expected[statistic])).toBeLessThan(1e-7);
    }
    const arriving = arrivals(4, 6);
    expect(await clusterRobustMaps({ series, arriving, design, groups, contrasts })).toEqual(found);
  });
});
