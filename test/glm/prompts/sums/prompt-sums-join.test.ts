import { describe, expect, test } from 'vitest';
import type { DesignMatrix } from '../../../../src/core/design.js';
import { combineRuns } from '../../../../src/glm/contrast/fixed-effects.js';
import { fitMixed, type MixedFit } from '../../../../src/glm/prompts/mixed/mixed.js';
import { mixedMaps } from '../../../../src/glm/prompts/mixed/mixed-maps.js';
import type { PromptGroups } from '../../../../src/glm/prompts/prompts.js';
import { type PromptSums, sumByPrompt } from '../../../../src/glm/prompts/sums/prompt-sums.js';
import { joinRuns } from '../../../../src/glm/prompts/sums/prompt-sums-join.js';
import { largestRelative } from '../../../golden/read.js';
import { seriesOf } from '../../../golden/run.js';
import { designOf, onOff, promptNoise, promptsOf } from '../prompt-data.js';

const units = 40;
const on = { name: 'on', weights: new Map([['on', 1]]) };

interface Run {
  readonly values: Float64Array; // [volumes, units]
  readonly groups: PromptGroups;
  readonly design: DesignMatrix;
}

/** A run of prompts of these lengths, far from the others in level, with a slow drift. */
function makeRun(counts: readonly number[], seed: number): Run {
  const groups = promptsOf(counts);
  const { promptOf } = groups;
  const drift = Float64Array.from(promptOf, (_, t) =>
    Math.cos((Math.PI * (t + 0.5)) / promptOf.length),
  );
  const noise = promptNoise({ groups, units, icc: 0.3, seed });
  return {
    groups,
    values: noise.map((value, i) => 100 * seed + 5 * drift[Math.floor(i / units)] + value),
    design: designOf({ on: promptOf.map((g) => g % 2), drift, constant: promptOf.map(() => 1) }),
  };
}

const sumsOf = ({ values, ...run }: Run): Promise<PromptSums> =>
  sumByPrompt({ ...run, series: seriesOf({ values, units }) });

/** The same runs as one series with the joined design written out. */
async function writtenOut(runs: readonly Run[], promptOf: readonly number[]): Promise<MixedFit> {
  const rows = promptOf.length;
  const columns: Record<string, Float64Array> = { on: new Float64Array(rows) };
  let first = 0;
  runs.forEach(({ design }, r) => {
    for (const name of ['drift', 'constant'])
      columns[`run-${r + 1} ${name}`] = new Float64Array(rows);
    for (let t = 0; t < design.rows; t++) {
      columns.on[first + t] = design.values[t * 3];
      columns[`run-${r + 1} drift`][first + t] = design.values[t * 3 + 1];
      columns[`run-${r + 1} constant`][first + t] = 1;
    }
    first += design.rows;
  });
  const values = Float64Array.from(runs.flatMap((run) => [...run.values]));
  const prompts = Array.from({ length: Math.max(...promptOf) + 1 }, (_, g) => `${g}`);
  const counts = Int32Array.from(prompts, (_, g) => promptOf.filter((own) => own === g).length);
  const groups = { prompts, promptOf: Int32Array.from(promptOf), counts };
  return fitMixed(
    await sumByPrompt({ series: seriesOf({ values, units }), design: designOf(columns), groups }),
  );
}

describe('runs joined', () => {
  const runs = [
    makeRun([4, 6, 5, 9, 3, 7], 1),
    makeRun([5, 5, 8, 2, 6, 6], 9),
    makeRun([3, 9, 4, 7], 17),
  ];
  const offset = [0, 6, 12];
  test.each([
    ['never', runs.flatMap(({ groups }, r) => [...groups.promptOf].map((g) => g + offset[r])), 16],
    ['by-name', runs.flatMap(({ groups }) => [...groups.promptOf]), 6],
  ] as const)(
    'are the fit of the whole series, one prompt in two runs the same: %s',
    async (samePrompt, promptOf, prompts) => {
      const joined = joinRuns(await Promise.all(runs.map(sumsOf)), { shared: ['on'], samePrompt });
      expect(joined.names[0]).toBe('on');
      expect(joined.prompts.length).toBe(prompts);
      const fit = fitMixed(joined);
      const expected = await writtenOut(runs, promptOf);
      expect([...joined.names].sort()).toEqual([...expected.sums.names].sort());
      for (const name of joined.names) {
        const contrast = { name, weights: new Map([[name, 1]]) };
        const [ours, theirs] = [mixedMaps(fit, contrast), mixedMaps(expected, contrast)];
        for (const statistic of ['effect', 'variance', 't', 'z', 'p', 'dofPerUnit'] as const) {
          expect(
            largestRelative(ours[statistic]!, theirs[statistic]!),
            `${name} ${statistic}`,
          ).toBeLessThan(1e-7);
        }
      }
    },
  );

  test('have, in balanced runs, the mean of the runs as their effect', async () => {
    const balanced = [1, 9].map((seed) => {
      const groups = promptsOf(new Array<number>(12).fill(5));
      const values = promptNoise({ groups, units, icc: 0.3, seed });
      return { groups, values, design: onOff(groups) };
    });
    const sums = await Promise.all(balanced.map(sumsOf));
    const combined = combineRuns(sums.map((own) => mixedMaps(fitMixed(own), on)));
    const joined = mixedMaps(fitMixed(joinRuns(sums, { shared: ['on'], samePrompt: 'never' })), on);
    expect(largestRelative(joined.effect, combined.effect)).toBeLessThan(1e-9);
    // Variances are the pooled one and the mean of two: as far apart as the runs' variances.
    const ratio = joined.variance.reduce((sum, v, u) => sum + v / combined.variance[u], 0) / units;
    expect(Math.abs(ratio - 1)).toBeLessThan(0.05);
  });

  test.each([
    ['data/runs', [], ['on']],
    ['design/unknown-column', [0, 1], ['off']],
    ['design/shared-constant', [0, 1], ['on', 'constant']],
  ])('refuse with %s', async (code, which, shared) => {
    const sums = await Promise.all(which.map((r) => sumsOf(runs[r])));
    expect(() => joinRuns(sums, { shared, samePrompt: 'never' })).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
