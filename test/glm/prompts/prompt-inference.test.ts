import { describe, expect, test } from 'vitest';
import { parseContrast } from '../../../src/glm/contrast/contrast.js';
import { contrastMaps } from '../../../src/glm/contrast/contrast-maps.js';
import { fitGlm } from '../../../src/glm/fit/fit.js';
import { clusterRobustMaps } from '../../../src/glm/prompts/cluster-robust/cluster-robust.js';
import { fitMixed } from '../../../src/glm/prompts/mixed/mixed.js';
import { mixedMaps } from '../../../src/glm/prompts/mixed/mixed-maps.js';
import { promptMeans } from '../../../src/glm/prompts/prompt-means.js';
import { promptDesign } from '../../../src/glm/prompts/prompts.js';
import { sumByPrompt } from '../../../src/glm/prompts/sums/prompt-sums.js';
import { makeRandom } from '../../../src/math/random.js';
import { seriesOf } from '../../golden/run.js';
import { onOff, promptNoise, promptsOf } from './prompt-data.js';

const units = 2000;
const random = makeRandom(11);
const between = (low: number, high: number) => low + random.integer(high - low + 1);
const LAYOUTS: [string, number[]][] = [
  ['30 v 30 prompts of 16 volumes', new Array<number>(60).fill(16)],
  ['20 v 20 prompts of 2 to 30 volumes', Array.from({ length: 40 }, () => between(2, 30))],
  ['10 v 10 prompts of 16 volumes', new Array<number>(20).fill(16)],
  ['10 v 10 prompts of 2 to 30 volumes', Array.from({ length: 20 }, () => between(2, 30))],
];

// facts/validity: prompts have levels of their own, an intraclass correlation of 0.25.
describe.each(LAYOUTS)('without an effect, %s', (_name, counts) => {
  const groups = promptsOf(counts);
  const design = onOff(groups);
  const values = promptNoise({ groups, units, icc: 0.25, seed: counts.length + counts[0] });
  const series = seriesOf({ values, units });
  const on = parseContrast('on', design.names);
  const rate = ({ z }: { readonly z: Float64Array }) =>
    z.filter((value) => Math.abs(value) > 1.959963985).length / units;

  test.each([
    [
      'mixed model',
      async () => mixedMaps(fitMixed(await sumByPrompt({ series, design, groups })), on),
    ],
    [
      'two-stage form',
      async () =>
        contrastMaps(
          await fitGlm({
            series: promptMeans(series, groups),
            design: promptDesign(design, groups),
            noise: 'ols',
          }),
          on,
        ),
    ],
    [
      'cluster-robust variance',
      async () => (await clusterRobustMaps({ series, design, groups, contrasts: [on] }))[0],
    ],
  ])('%s keeps the false positive rate of 0.05', async (_, maps) => {
    // Three standard deviations of a proportion of 2000.
    const found = rate(await maps());
    expect(Math.abs(found - 0.05)).toBeLessThan(3 * Math.sqrt((0.05 * 0.95) / units));
  });

  test('least squares on volumes does not', async () => {
    expect(rate(contrastMaps(await fitGlm({ series, design, noise: 'ols' }), on))).toBeGreaterThan(
      0.2,
    );
  });
});
