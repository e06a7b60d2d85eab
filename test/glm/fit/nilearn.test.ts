import { describe, expect, test } from 'vitest';
import type { ContrastMaps } from '../../../src/core/statmap.js';
import { contrastMaps } from '../../../src/glm/contrast/contrast-maps.js';
import { fContrastMaps } from '../../../src/glm/contrast/f-contrast-maps.js';
import { combineRuns } from '../../../src/glm/contrast/fixed-effects.js';
import { fitGlm, rhoOf } from '../../../src/glm/fit/fit.js';
import { anyOf, CONFIGURATIONS, contrastsOf, designOf } from '../../golden/configurations.js';
import { largestRelative, table } from '../../golden/read.js';
import { goldenValues, seriesOf } from '../../golden/run.js';

const runs = [1, 2] as const;
const STATS = ['effect', 'variance', 't', 'z', 'p'] as const;

/** Far below what any reader of a map can see; set by rounding of the effects near 0. */
const TOLERANCE = 1e-8;

describe.each(CONFIGURATIONS)('%s agrees with nilearn', async (name, config) => {
  const fits = await Promise.all(
    runs.map((run) =>
      fitGlm({
        series: seriesOf(goldenValues(run)),
        design: designOf(config, run),
        noise: config.noise,
      }),
    ),
  );

  test.each(runs)('run %i: every map, r squared and the AR(1) coefficient', (run) => {
    const fit = fits[run - 1];
    const expected = table(`${name}/run-${run}_maps.tsv`);
    expect(fit.dof).toBe(config.runs[run].dof_a);
    for (const contrast of contrastsOf(config)) {
      const maps = contrastMaps(fit, contrast);
      for (const stat of STATS) {
        const off = largestRelative(maps[stat], expected.number(`${contrast.name}_${stat}`));
        expect(off, `${contrast.name} ${stat}`).toBeLessThan(TOLERANCE);
      }
    }
    const any = fContrastMaps(fit, anyOf(config));
    for (const stat of ['F', 'z', 'p'] as const) {
      const off = largestRelative(any[stat], expected.number(`any_${stat}`));
      expect(off, `any ${stat}`).toBeLessThan(TOLERANCE);
    }
    expect(largestRelative(fit.rSquare, expected.number('r_square'))).toBeLessThan(TOLERANCE);
    if (config.noise === 'ar1') expect([...rhoOf(fit)]).toEqual(expected.number('ar1'));
  });

  test('fixed effects over both runs, plain and precision-weighted', () => {
    const expected = table(`${name}/fixed-effects_maps.tsv`);
    for (const contrast of contrastsOf(config)) {
      const maps = fits.map((fit) => contrastMaps(fit, contrast));
      const plain = combineRuns(maps);
      const weighted = combineRuns(maps, { precisionWeighted: true });
      expect(plain.dof).toBe(config.dof_sum_a);
      const compare = (
        ours: ContrastMaps,
        kind: string,
        stats: readonly (typeof STATS)[number][],
      ) => {
        for (const stat of stats) {
          const off = largestRelative(
            ours[stat],
            expected.number(`${contrast.name}_${kind}_${stat}`),
          );
          expect(off, `${contrast.name} ${kind} ${stat}`).toBeLessThan(TOLERANCE);
        }
      };
      compare(plain, 'sum', ['effect', 'variance', 't', 'z']);
      compare(weighted, 'fx_weighted', ['effect', 'variance', 't']);
    }
  });
});
