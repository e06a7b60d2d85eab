import { describe, expect, test } from 'vitest';
import { fitArma } from '../../src/glm/arma/arma.js';
import { armaMaps } from '../../src/glm/arma/arma-maps.js';
import { designOf } from '../glm/prompts/prompt-data.js';
import { goldenValues, seriesOf } from '../golden/run.js';
import { havePeers, python } from './peers.js';

/**
 * REML of ARMA(1,1) noise by scipy: a and b anywhere in the grid's range, the covariance matrix from
 * statsmodels' autocovariances of the process, everything else from whole matrices.
 */
const FIT = `
import json, sys
import numpy as np
from scipy import linalg, optimize
from statsmodels.tsa.arima_process import arma_acf
x, series, pairs = (np.array(part) for part in json.loads(sys.argv[1]))
n, p = x.shape
def at(ab, y):
    r = linalg.toeplitz(arma_acf([1, -ab[0]], [1, ab[1]], n))
    lower = linalg.cholesky(r, lower=True)
    wx, wy = (linalg.solve_triangular(lower, m, lower=True) for m in (x, y))
    cross = wx.T @ wx
    beta = np.linalg.solve(cross, wx.T @ wy)
    sse = float(np.sum((wy - wx @ beta) ** 2))
    value = (n - p) * np.log(sse) + 2 * np.log(np.diag(lower)).sum() + np.linalg.slogdet(cross)[1]
    return value, beta[0], beta[0] / np.sqrt(sse / (n - p) * np.linalg.inv(cross)[0, 0])
found = []
for y, pair in zip(series, pairs):
    best = min(
        (optimize.minimize(lambda ab: at(ab, y)[0], start, method="L-BFGS-B", bounds=[(0, 0.8), (-0.8, 0.8)])
         for start in ([0.1, 0.1], [0.5, -0.2], [0.7, -0.6], [0.3, 0.4])), key=lambda fit: fit.fun)
    value, effect, t = at(pair, y)
    found.append({"a": best.x[0], "b": best.x[1], "excess": value - best.fun, "effect": effect, "t": t})
print(json.dumps(found))
`;

interface Found {
  /** The best pair anywhere. */
  readonly a: number;
  readonly b: number;
  /** At our pair: minus two log likelihoods above the best, effect and t. */
  readonly excess: number;
  readonly effect: number;
  readonly t: number;
}

describe.skipIf(!havePeers)('scipy and statsmodels, ARMA(1,1) by REML', () => {
  test('a fine grid ends near the optimum over all a and b; effect and t are those of whole matrices', async () => {
    const all = goldenValues(1);
    const volumes = all.values.length / all.units;
    const chosen = Array.from({ length: 12 }, (_, i) => 7 + 21 * i); // units
    const values = new Float64Array(volumes * chosen.length);
    for (let t = 0; t < volumes; t++) {
      chosen.forEach((unit, u) => {
        values[t * chosen.length + u] = all.values[t * all.units + unit];
      });
    }
    const times = Array.from({ length: volumes }, (_, t) => t);
    const design = designOf({
      on: times.map((t) => Math.floor(t / 9) % 2),
      drift: times.map((t) => t / volumes),
      constant: times.map(() => 1),
    });
    const series = seriesOf({ values, units: chosen.length });
    const fit = await fitArma({ series, design, grid: { divisions: 7 } });
    const maps = armaMaps(fit, { name: 'on', weights: new Map([['on', 1]]) });
    const rowsOfX = times.map((row) => [...design.values.subarray(row * 3, row * 3 + 3)]);
    const ofUnit = chosen.map((_, u) => times.map((row) => values[row * chosen.length + u]));
    const pairs = chosen.map((_, u) => [fit.a[u], fit.b[u]]);
    const found = await python<Found[]>(FIT, JSON.stringify([rowsOfX, ofUnit, pairs]));

    const correlated = found.filter(({ a, b }) => a + b > 0.2);
    expect(correlated.length).toBeGreaterThan(6);
    found.forEach((theirs, u) => {
      expect(Math.abs(maps.t[u] - theirs.t)).toBeLessThan(1e-8);
      expect(Math.abs(maps.effect[u] / theirs.effect - 1)).toBeLessThan(1e-8);
      // Almost white noise has a ridge along b = -a, on which the search may end early, as AFNI's: by
      // less than what a parameter is worth (2, Akaike).
      expect(theirs.excess).toBeGreaterThan(-1e-6);
      expect(theirs.excess).toBeLessThan(correlated.includes(theirs) ? 0.02 : 2);
      if (!correlated.includes(theirs)) return;
      expect(Math.abs(fit.a[u] - theirs.a)).toBeLessThan(0.02);
      expect(Math.abs(fit.b[u] - theirs.b)).toBeLessThan(0.02);
    });
  });
});
