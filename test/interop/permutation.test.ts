import { describe, expect, test } from 'vitest';
import { parseContrast } from '../../src/glm/contrast/contrast.js';
import { permutationTest } from '../../src/glm/group/permutation.js';
import { seriesOfMaps } from '../../src/glm/group/second-level.js';
import { oneSampleDesign, subjectDesign } from '../../src/glm/group/second-level-design.js';
import { normals } from '../glm/simulate.js';
import { largestRelative } from '../golden/read.js';
import { havePeers, python } from './peers.js';

/** What nilearn's permuted_ols finds: t, family-wise p, and each permutation's largest |t|. */
const PERMUTED_OLS = `
import json, sys, warnings
import numpy as np
from nilearn.mass_univariate import permuted_ols
warnings.simplefilter("ignore")
given = json.loads(sys.argv[1])
y, x = np.array(given["y"]), np.array(given["x"])[:, None]
z = np.array(given["z"])[:, None] if given["z"] else None
out = permuted_ols(x, y, confounding_vars=z, model_intercept=given["intercept"], n_perm=given["n"],
                   two_sided_test=True, random_state=1, output_type="dict")
print(json.dumps({"t": out["t"][0].tolist(), "p": (10 ** -out["logp_max_t"][0]).tolist(),
                  "maxima": out["h0_max_t"][0].tolist()}))
`;

interface Theirs {
  readonly t: number[];
  readonly p: number[];
  readonly maxima: number[];
}

/** The largest distance of two samples' distribution functions (Smirnov). */
function smirnov(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const shareBelow = (values: Float64Array, x: number) =>
    values.filter((value) => value <= x).length / values.length;
  const [left, right] = [Float64Array.from(a), Float64Array.from(b)];
  const at = [...left, ...right].filter((_, i) => i % 10 === 0);
  return Math.max(...at.map((x) => Math.abs(shareBelow(left, x) - shareBelow(right, x))));
}

const ROWS = 18;
const PERMUTATIONS = 10_000;
const x = Array.from({ length: ROWS }, (_, i) => (i % 3 === 0 ? 1 : 0));
const z = [...normals(ROWS, 8)].map((v, i) => v + x[i]);
const one = x.map(() => 1);

describe.skipIf(!havePeers)("nilearn's permuted_ols", () => {
  test.each([
    { name: 'sign flips, one sample', tested: one, covariate: null, intercept: false },
    { name: 'shuffles, two groups', tested: x, covariate: null, intercept: true },
    { name: 'shuffles with a covariate', tested: x, covariate: z, intercept: true },
  ])('$name: the same t, and p within Monte Carlo error', async (options) => {
    const { tested, covariate, intercept } = options;
    const maps = Array.from({ length: ROWS }, (_, row) =>
      normals(60, 900 + row).map((v, u) => v + (u / 20) * tested[row] + (covariate?.[row] ?? 0)),
    ); // [rows][units]
    const design = intercept
      ? subjectDesign([
          { name: 'x', values: tested },
          ...(covariate ? [{ name: 'z', values: covariate }] : []),
          { name: 'one', values: one },
        ])
      : oneSampleDesign(ROWS);
    const ours = await permutationTest({
      series: seriesOfMaps(maps),
      design,
      contrast: parseContrast(design.names[0], design.names),
      scheme: intercept ? 'shuffles' : 'sign-flips',
      permutations: PERMUTATIONS,
    });
    const y = maps.map((map) => [...map]);
    const given = { y, x: tested, z: covariate, intercept, n: PERMUTATIONS };
    const theirs = await python<Theirs>(PERMUTED_OLS, JSON.stringify(given));
    expect(largestRelative(ours.t, theirs.t)).toBeLessThan(1e-8);
    expect(ours.exact).toBe(false);
    expect(theirs.maxima.length).toBe(PERMUTATIONS);
    // Two samples of one distribution are farther apart than this once in a thousand times.
    expect(smirnov(ours.maxima, theirs.maxima)).toBeLessThan(1.95 * Math.sqrt(2 / PERMUTATIONS));
    ours.pFwe.forEach((p, u) => {
      const spread = Math.sqrt((2 * p * (1 - p)) / PERMUTATIONS);
      expect(Math.abs(p - theirs.p[u])).toBeLessThan(4.5 * spread + 1 / PERMUTATIONS);
    });
    expect([...ours.pFwe].some((p) => p < 0.05) && [...ours.pFwe].some((p) => p > 0.5)).toBe(true);
  });
});
