import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contrastMaps } from '../../src/glm/contrast/contrast-maps.js';
import { makeDesign } from '../../src/glm/design/design.js';
import { frameTimesOf } from '../../src/glm/design/frame-times.js';
import { type Fit, fitGlm, type Noise, rhoOf } from '../../src/glm/fit/fit.js';
import { normals } from '../glm/simulate.js';
import { largestRelative } from '../golden/read.js';
import { seriesOf } from '../golden/run.js';
import { havePeers, python } from './peers.js';

/**
 * nilearn's AR(N) of the same data and design: the coefficients before it clusters them; maps from its
 * model with each unit's own coefficients; and maps as its run_glm gives them.
 */
const FIT = `
import json, sys
import numpy as np
from nilearn.glm.contrasts import compute_contrast
from nilearn.glm.first_level import run_glm
from nilearn.glm.first_level.first_level import _yule_walker
from nilearn.glm.regression import ARModel, OLSModel
given = json.load(open(sys.argv[1]))
x, y, order = np.array(given["x"]), np.array(given["y"]), given["order"]
weights = np.eye(x.shape[1])[0]
own = _yule_walker(OLSModel(x).fit(y).residuals.T, order)
exact = [ARModel(x, rho).fit(y[:, [u]]).Tcontrast(weights) for u, rho in enumerate(own)]
labels, results = run_glm(y, x, noise_model=f"ar{order}", random_state=0)
clustered = compute_contrast(labels, results, weights)
flat = lambda a: [float(v) for v in np.ravel(a)]
print(json.dumps({
    "rho": flat(own),
    "effect": flat([c.effect for c in exact]), "t": flat([c.t for c in exact]),
    "labels": [str(l) for l in labels],
    "clustered_effect": flat(clustered.effect_size()), "clustered_t": flat(clustered.stat()),
}))
`;

interface Theirs {
  readonly rho: number[];
  readonly effect: number[];
  readonly t: number[];
  readonly labels: string[];
  readonly clustered_effect: number[];
  readonly clustered_t: number[];
}

const volumes = 160;
const frameTimes = frameTimesOf({ volumes, repetitionTime: 2 });
const options = {
  events: [10, 70, 130, 190, 250].map((onset) => ({ onset, duration: 20, trialType: 'task' })),
  frameTimes,
  hrf: 'glover',
  drift: { model: 'cosine', highPass: 0.01 },
} as const;
const censored = [3, 40, 41, 42, 159];

/** AR(3) noise with coefficients of its own in every unit. */
function simulated(units: number): Float64Array {
  const white = normals(volumes * units, 31);
  const values = new Float64Array(white.length); // [volumes, units]
  for (let i = 0; i < values.length; i++) {
    const part = (i % units) / units;
    const rho = [0.6 - 0.5 * part, 0.1 + 0.2 * Math.sin(7 * part), -0.3 + 0.4 * part];
    values[i] = rho.reduce((sum, r, l) => sum + r * (values[i - (l + 1) * units] ?? 0), white[i]);
  }
  return values.map((v) => v + 100);
}

describe.skipIf(!havePeers)('AR(N) beside nilearn', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nilearn-arn-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function both(order: number, units: number, withCensored = false) {
    const values = simulated(units);
    const confounds = censored.map((volume) => ({
      name: `scrub_${volume}`,
      values: frameTimes.map((_, t) => (t === volume ? 1 : 0)),
    }));
    const theirDesign = makeDesign({ ...options, ...(withCensored && { confounds }) });
    const rows = (of: Float64Array, width: number) =>
      Array.from({ length: volumes }, (_, t) => [...of.subarray(t * width, (t + 1) * width)]);
    const file = join(folder, `${order}-${units}-${withCensored}.json`);
    const x = rows(theirDesign.values, theirDesign.names.length);
    await writeFile(file, JSON.stringify({ x, y: rows(values, units), order }));
    const theirs = await python<Theirs>(FIT, file);
    const noise: Noise = `ar${order}`;
    const design = makeDesign(options);
    const series = seriesOf({ values, units });
    const fit = await fitGlm({ series, design, noise, ...(withCensored && { censored }) });
    return { theirs, fit, maps: mapsOf(fit) };
  }
  const mapsOf = (fit: Fit) => contrastMaps(fit, { name: 'task', weights: new Map([['task', 1]]) });

  test.each([
    [2, false],
    [3, false],
    [5, false],
    [3, true],
  ])('AR(%i), volumes censored %s: coefficients, effects and t to 1e-8', async (order, scrub) => {
    const { theirs, fit, maps } = await both(order, 300, scrub);
    expect(largestRelative(rhoOf(fit), theirs.rho)).toBeLessThan(1e-8);
    expect(largestRelative(maps.effect, theirs.effect)).toBeLessThan(1e-8);
    expect(largestRelative(maps.t, theirs.t)).toBeLessThan(1e-8);
  });

  test('up to 100 units, its run_glm has a cluster for each: the same maps to 1e-8', async () => {
    const { theirs, maps } = await both(3, 100);
    // Units whose coefficients agree to two decimals get one label, and the first's coefficients.
    const alone = theirs.labels.flatMap((label, u) =>
      theirs.labels.indexOf(label) === theirs.labels.lastIndexOf(label) ? [u] : [],
    );
    expect(alone.length).toBeGreaterThan(95);
    const pick = (values: ArrayLike<number>) => alone.map((u) => values[u]);
    expect(largestRelative(pick(maps.effect), pick(theirs.clustered_effect))).toBeLessThan(1e-8);
    expect(largestRelative(pick(maps.t), pick(theirs.clustered_t))).toBeLessThan(1e-8);
  });

  // Measured: a median of 0.03, at most 0.53. 100 is the most clusters that nilearn makes.
  test('beyond, t differs by as much as coefficients do within one of its 100 clusters', async () => {
    const { theirs, fit, maps } = await both(3, 1000);
    expect(largestRelative(rhoOf(fit), theirs.rho)).toBeLessThan(1e-8);
    const off = Float64Array.from(maps.t, (t, u) => Math.abs(t - theirs.clustered_t[u])).sort();
    expect(off[500]).toBeLessThan(0.1);
    expect(off[999]).toBeLessThan(1.5);
    expect(off[500]).toBeGreaterThan(1e-6);
  });
});
