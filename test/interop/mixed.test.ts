import { describe, expect, test } from 'vitest';
import { fitMixed } from '../../src/glm/prompts/mixed/mixed.js';
import { mixedMaps } from '../../src/glm/prompts/mixed/mixed-maps.js';
import { sumByPrompt } from '../../src/glm/prompts/sums/prompt-sums.js';
import { MIXED_DESIGNS, MIXED_UNITS, type MixedDesign, mixedGolden } from '../golden/mixed.js';
import { golden, largestRelative } from '../golden/read.js';
import { seriesOf } from '../golden/run.js';
import { havePeers, python } from './peers.js';

/** statsmodels' MixedLM by REML: scale, variance of the intercepts and effects of every unit. */
const FIT = `
import json, sys, warnings
import pandas as pd, statsmodels.api as sm
warnings.simplefilter("ignore")
file, units, *columns = sys.argv[1:]
data = pd.read_csv(file, sep="\\t")
x = sm.add_constant(data[columns])
found = []
for unit in range(1, int(units) + 1):
    model = sm.MixedLM(data[f"y{unit}"], x, groups=data["prompt"])
    fit = model.fit(reml=True, method=["bfgs"], gtol=1e-10, maxiter=1000)
    found.append([float(fit.scale), float(fit.cov_re.iloc[0, 0]), *map(float, fit.fe_params)])
print(json.dumps(found))
`;

/** Below this ratio to sigma2 MixedLM's optimiser stops before the optimum, and says so. */
const AWAY_FROM_BOUNDARY = 0.1;

describe.skipIf(!havePeers)('statsmodels MixedLM (REML)', () => {
  test.each(Object.keys(MIXED_DESIGNS) as MixedDesign[])(
    'the same variance components and effects, %s',
    async (name) => {
      const { values, design, groups } = mixedGolden(name);
      const series = seriesOf({ values, units: MIXED_UNITS });
      const fit = fitMixed(await sumByPrompt({ series, design, groups }));
      const away = [...fit.lambda.keys()].filter((u) => fit.lambda[u] > AWAY_FROM_BOUNDARY);
      expect(away.length).toBeGreaterThanOrEqual(5);
      const theirs = await python<number[][]>(
        FIT,
        golden(`mixed/${name}_data.tsv`),
        String(MIXED_UNITS),
        ...MIXED_DESIGNS[name],
      );
      const effects = design.names.map(
        (column) => mixedMaps(fit, { name: column, weights: new Map([[column, 1]]) }).effect,
      );
      for (const u of away) {
        const ours = [fit.sigma2[u], fit.tau2[u], ...effects.map((effect) => effect[u])];
        expect(largestRelative(ours, theirs[u])).toBeLessThan(1e-6);
      }
    },
  );
});
