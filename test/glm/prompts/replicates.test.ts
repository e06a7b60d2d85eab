import { describe, expect, test } from 'vitest';
import type { Arrivals, Series } from '../../../src/core/series.js';
import { parseContrast } from '../../../src/glm/contrast/contrast.js';
import { rangesOf } from '../../../src/glm/fit/moment-tile.js';
import { gatherByPrompt, memoryFor } from '../../../src/glm/prompts/by-prompt.js';
import { clusterRobustMaps } from '../../../src/glm/prompts/cluster-robust.js';
import { sumByPrompt } from '../../../src/glm/prompts/prompt-sums.js';
import { areReplicates, replicateSets, replicatesOf } from '../../../src/glm/prompts/replicates.js';
import { largestRelative } from '../../golden/read.js';
import { seriesOf } from '../../golden/run.js';
import { arrivalsOf, designOf, onOff, promptNoise, promptsOf } from './prompt-data.js';

const units = 30;
const groups = promptsOf([5, 17, 1, 9, 12, 8, 3, 20]);
const { promptOf, counts } = groups;
const volumes = promptOf.length;
const noise = promptNoise({ groups, units, icc: 0.3, seed: 4 });
const values = noise.map((value, i) => value + 1000 * (i % units)); // far from 0
const series = seriesOf({ values, units });
const rowAt = (v: number) => values.subarray(v * units, (v + 1) * units);

const arrivals = (length: number, seed: number) =>
  arrivalsOf({ values, units, groups, length, seed });

/** What is gathered of each prompt, `atOnce` of them given together. */
async function summed(source: Series | Arrivals, shifted: boolean, atOnce = 1) {
  const all: { shift: number[]; sums: number[]; squares: number[] }[] = [];
  const { memory, fresh } = memoryFor(replicateSets(units, 0), source, { groups, atOnce });
  const gathering = replicatesOf(fresh, { shifted });
  const coming = gatherByPrompt(source, groups, gathering, { memory, atOnce });
  for await (const { add, whole } of coming) {
    for (const range of rangesOf(units, 8)) add(range);
    for (const { first, owns } of whole) {
      expect(first).toBe(all.length);
      for (const { shift, sums, squares } of owns)
        all.push({ shift: [...shift], sums: [...sums], squares: [...squares] });
    }
  }
  return all;
}

describe('replicates are the volumes of prompts', () => {
  test('that share one row of the design', () => {
    expect(areReplicates(onOff(groups), promptOf)).toBe(true);
  });

  test('and no longer where a column changes within one of them', () => {
    const within = promptOf.map((g, t) => (g === 3 && promptOf[t - 1] === 3 ? 1 : 0));
    const design = designOf({ within, constant: promptOf.map(() => 1) });
    expect(areReplicates(design, promptOf)).toBe(false);
  });
});

test.each([true, false])('their sums are those written out, shifted: %s', async (shifted) => {
  const found = await summed(series, shifted);
  for (const [g, { shift, sums, squares }] of found.entries()) {
    expect(shift).toEqual(shifted ? [...rowAt(0)] : new Array(units).fill(0));
    const sum = new Float64Array(units);
    const square = new Float64Array(units);
    for (let t = 0; t < volumes; t++) {
      if (promptOf[t] !== g) continue;
      for (const [u, value] of rowAt(t).entries()) {
        sum[u] += value - shift[u];
        square[u] += (value - shift[u]) ** 2;
      }
    }
    // To rounding of a sum about 0, relative to what is summed.
    const scale = Math.max(...square) + Math.sqrt(Math.max(...square) * counts[g]);
    for (let u = 0; u < units; u++) {
      expect(Math.abs(sums[u] - sum[u])).toBeLessThan(1e-12 * scale);
      expect(Math.abs(squares[u] - square[u])).toBeLessThan(1e-12 * scale);
    }
  }
});

test('in whatever order prompts come, and in stretches of eight, the sums are the same to a digit', async () => {
  const inOrder = await summed(arrivals(8, 1), true);
  expect(await summed(arrivals(8, 2), true)).toEqual(inOrder);
  expect(await summed(arrivals(16, 3), true)).toEqual(inOrder);
  for (const atOnce of [3, 8, 20])
    expect(await summed(arrivals(8, 4), true, atOnce)).toEqual(inOrder);
});

test('a mixed model takes from them, as they come, what it takes from the series', async () => {
  const design = onOff(groups);
  const expected = await sumByPrompt({ series, design, groups });
  for (const length of [8, 3]) {
    const arriving = arrivals(length, 5);
    const found = await sumByPrompt({ series, arriving, design, groups });
    for (const statistic of ['columnSums', 'dataSums', 'squares'] as const)
      expect(largestRelative(found[statistic], expected[statistic])).toBeLessThan(1e-9);
  }
});

test('robust variances of replicates are those of the same volumes weighed one by one', async () => {
  const design = onOff(groups);
  // A column that says nothing new, but changes within prompts by less than rounding shows.
  const { names, rows } = design;
  const stirred = Float64Array.from(design.values, (v, i) => v + (i % (2 * 7) === 0 ? 1e-13 : 0));
  expect(areReplicates({ names, rows, values: stirred }, promptOf)).toBe(false);
  const contrasts = [parseContrast('on', names)];
  const [found] = await clusterRobustMaps({ series, design, groups, contrasts });
  const weighed = { names, rows, values: stirred };
  const [expected] = await clusterRobustMaps({ series, design: weighed, groups, contrasts });
  for (const statistic of ['effect', 'variance', 't'] as const)
    expect(largestRelative(found[statistic], expected[statistic])).toBeLessThan(1e-8);
});
