import { expect, test } from 'vitest';
import type { Arrivals, Series } from '../../../../src/core/series.js';
import { rangesOf } from '../../../../src/glm/fit/moment-tile.js';
import { gatherByPrompt, memoryFor } from '../../../../src/glm/prompts/by-prompt.js';
import { momentsOf, promptMoments } from '../../../../src/glm/prompts/sums/prompt-moments.js';
import { seriesOf } from '../../../golden/run.js';
import { arrivalsOf, designOf, promptNoise, promptsOf } from '../prompt-data.js';

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

/** As a drift and a token's position. */
const columns = {
  within: promptOf.map((_, t) => t / volumes - 0.5),
  position: promptOf.map((g, t) => t - promptOf.indexOf(g)),
};
const weights = { columns: 2, values: designOf(columns).values };

/** What is gathered of each prompt, `atOnce` of them given together. */
async function summed(source: Series | Arrivals, shifted: boolean, atOnce = 1) {
  const all: { shift: number[]; sums: number[]; squares: number[]; weighted: number[][] }[] = [];
  const sets = promptMoments(units, { lags: 0, columns: 2 });
  const { memory, fresh } = memoryFor(sets, source, { groups, atOnce });
  const gathering = momentsOf(fresh, { shifted, weights });
  const coming = gatherByPrompt(source, groups, gathering, { memory, atOnce });
  for await (const { add, whole } of coming) {
    for (const range of rangesOf(units, 8)) add(range);
    for (const { first, owns } of whole) {
      expect(first).toBe(all.length);
      for (const { shift, sums, squares, weighted } of owns)
        all.push({
          ...{ shift: [...shift], sums: [...sums], squares: [...squares] },
          weighted: weighted.map((own) => [...own]),
        });
    }
  }
  return all;
}

test.each([true, false])('sums are those written out, shifted: %s', async (shifted) => {
  const found = await summed(series, shifted);
  for (const [g, { shift, ...own }] of found.entries()) {
    expect(shift).toEqual(shifted ? [...rowAt(0)] : new Array(units).fill(0));
    const zeros = () => new Array<number>(units).fill(0);
    const sums = { sums: zeros(), squares: zeros(), weighted: [zeros(), zeros()] };
    for (let t = 0; t < volumes; t++) {
      if (promptOf[t] !== g) continue;
      for (const [u, value] of rowAt(t).entries()) {
        const d = value - shift[u];
        sums.sums[u] += d;
        sums.squares[u] += d ** 2;
        sums.weighted[0][u] += columns.within[t] * d;
        sums.weighted[1][u] += columns.position[t] * d;
      }
    }
    // To rounding of a sum about 0, relative to what is summed.
    const square = Math.max(...sums.squares);
    const scale = (square + Math.sqrt(square * counts[g])) * counts[g];
    const rows = ({ sums: a, squares: b, weighted }: typeof own) => [a, b, ...weighted];
    for (const [r, row] of rows(sums).entries())
      for (let u = 0; u < units; u++)
        expect(Math.abs(rows(own)[r][u] - row[u])).toBeLessThan(1e-12 * scale);
  }
});

test('in whatever order prompts come, and in stretches of eight, the sums are the same to a digit', async () => {
  const inOrder = await summed(arrivals(8, 1), true);
  expect(await summed(arrivals(8, 2), true)).toEqual(inOrder);
  expect(await summed(arrivals(16, 3), true)).toEqual(inOrder);
  for (const atOnce of [3, 8, 20])
    expect(await summed(arrivals(8, 4), true, atOnce)).toEqual(inOrder);
});
