import { describe, expect, test } from 'vitest';
import { openNifti } from '../../src/image/open-nifti.js';
import { computedMasks } from '../../src/workflow/glm/inputs/computed-mask.js';
import { havePeers, python } from './peers.js';

/** The images of brains that nibabel brings with its tests, and nilearn's masks of them. */
const MASK = `
import json, sys, os, warnings
import numpy as np, nibabel as nib
from nilearn.masking import compute_epi_mask
warnings.simplefilter("ignore")
path = os.path.join(os.path.dirname(nib.__file__), "tests", "data", sys.argv[1])
mask = compute_epi_mask(path).get_fdata()
print(json.dumps({"path": path, "inside": np.flatnonzero(mask.ravel(order="F")).tolist()}))
`;

describe.skipIf(!havePeers)("nilearn's compute_epi_mask", () => {
  test.each(['example4d.nii.gz', 'anatomical.nii'])(
    'the same voxels in %s, Dice at least 0.99',
    async (file) => {
      const { path, inside } = await python<{ path: string; inside: number[] }>(MASK, file);
      const image = await openNifti(path);
      const run = { entities: {}, bold: path, events: null, sidecar: {}, confounds: null };
      const own = (await computedMasks([{ run, image }])).get(path)!.mask.voxels;
      const theirs = new Set(inside);
      const both = own.filter((voxel) => theirs.has(voxel)).length;
      expect(inside.length).toBeGreaterThan(1000);
      expect((2 * both) / (own.length + inside.length)).toBeGreaterThan(0.99);
    },
  );
});
