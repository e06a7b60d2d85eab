import { describe, expect, test } from 'vitest';
import type { DesignMatrix } from '../../src/core/design.js';
import { parseContrast } from '../../src/glm/contrast/contrast.js';
import { contrastMaps } from '../../src/glm/contrast/contrast-maps.js';
import { fitSecondLevel } from '../../src/glm/group/second-level.js';
import {
  pairedDesign,
  subjectDesign,
  twoSampleDesign,
} from '../../src/glm/group/second-level-design.js';
import { normals } from '../glm/simulate.js';
import { largestRelative } from '../golden/read.js';
import { havePeers, python } from './peers.js';

/** Maps of nilearn's SecondLevelModel, images and all. */
const SECOND_LEVEL = `
import json, sys, warnings
import nibabel as nib, numpy as np, pandas as pd
from nilearn.glm.second_level import SecondLevelModel
warnings.simplefilter("ignore")
given = json.loads(sys.argv[1])
maps = [nib.Nifti1Image(np.array(m).reshape(5, 4, 3), np.eye(4)) for m in given["maps"]]
mask = nib.Nifti1Image(np.ones((5, 4, 3), np.int8), np.eye(4))
design = pd.DataFrame(np.array(given["design"]), columns=given["names"])
model = SecondLevelModel(mask_img=mask).fit(maps, design_matrix=design)
out = model.compute_contrast(np.array(given["weights"]), output_type="all")
print(json.dumps({k: out[k].get_fdata().ravel().tolist() for k in ("effect_size", "effect_variance", "stat", "z_score", "p_value")}))
`;

const maps = Array.from({ length: 12 }, (_, s) =>
  normals(60, 30 + s).map((v, u) => v + (s * u) / 300),
);
const label = (a: string, b: string) => maps.map((_, s) => (s % 2 ? b : a));
const subjectOf = maps.map((_, s) => `s${s >> 1}`);

describe.skipIf(!havePeers)("nilearn's SecondLevelModel", () => {
  test.each<[string, DesignMatrix]>([
    ['b - a', twoSampleDesign(label('a', 'b'))],
    ['task', pairedDesign({ subjectOf, conditionOf: label('rest', 'task') })],
    [
      'age',
      subjectDesign([
        { name: 'group', values: label('a', 'b').map((g) => (g === 'a' ? 1 : -1)) },
        { name: 'age', values: normals(12, 5) },
        { name: 'intercept', values: new Float64Array(12).fill(1) },
      ]),
    ],
  ])('%s: the same maps', async (formula, design) => {
    const contrast = parseContrast(formula, design.names);
    const ours = contrastMaps(await fitSecondLevel({ maps, design }), contrast);
    const columns = design.names.length;
    const theirs = await python<Record<string, number[]>>(
      SECOND_LEVEL,
      JSON.stringify({
        maps: maps.map((map) => [...map]),
        design: maps.map((_, s) => [...design.values.subarray(s * columns, (s + 1) * columns)]),
        names: design.names,
        weights: design.names.map((name) => contrast.weights.get(name) ?? 0),
      }),
    );
    const pairs = [
      [ours.effect, theirs.effect_size],
      [ours.variance, theirs.effect_variance],
      [ours.t, theirs.stat],
      [ours.z, theirs.z_score],
      [ours.p, theirs.p_value],
    ] as const;
    for (const [mine, other] of pairs) expect(largestRelative(mine, other)).toBeLessThan(1e-6);
  });
});
