import { describe, expect, test } from 'vitest';
import { hommel } from '../../src/glm/group/ari.js';
import { normalSf } from '../../src/math/distributions.js';
import { normals } from '../glm/simulate.js';
import { havePeers, python } from './peers.js';

/** Hommel's h and the share of active units in sets, by the functions of nilearn's cluster_level_inference. */
const NILEARN = `
import json, sys
import numpy as np
from nilearn.glm.thresholding import _compute_hommel_value, _true_positive_fraction
given = json.loads(sys.argv[1])
z = np.array(given["z"])
h = _compute_hommel_value(z, given["alpha"])
print(json.dumps({"h": int(h), "shares": [float(_true_positive_fraction(z[s], h, given["alpha"])) for s in given["sets"]]}))
`;

describe.skipIf(!havePeers)("nilearn's all-resolutions inference", () => {
  test.each([0.01, 0.05, 0.2])('alpha %d: the same h and the same bounds', async (alpha) => {
    const z = [...normals(3000, 77)].map((v, u) => v + (u % 5 === 0 ? 3 : 0));
    const sets = [
      z.map((_, u) => u),
      z.flatMap((v, u) => (v > 2 ? [u] : [])),
      z.flatMap((v, u) => (v > 3.5 ? [u] : [])),
      ...Array.from({ length: 30 }, (_, k) => Array.from({ length: 100 }, (_, i) => 100 * k + i)),
      Array.from({ length: 600 }, (_, i) => 5 * i),
    ];
    const theirs = await python<{ h: number; shares: number[] }>(
      NILEARN,
      JSON.stringify({ z, alpha, sets }),
    );
    const { h, discoveries } = hommel(z.map(normalSf), alpha); // nilearn's p are one-sided
    expect(h).toBe(theirs.h);
    expect(h).toBeLessThan(3000);
    const ours = sets.map((set) => discoveries(set) / set.length);
    ours.forEach((share, s) => {
      expect(share).toBeCloseTo(theirs.shares[s], 12);
    });
    expect(ours.filter((share) => share > 0).length).toBeGreaterThan(3);
  });
});
