import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { captured } from '../workflow/streams.js';
import { havePeers, python } from './peers.js';

/**
 * A real EPI series of a brain, 17 x 21 x 3 voxels and 20 volumes (nibabel's test data, in its wheel:
 * int16 with a slope, normalised by SPM), as a BIDS dataset. It came without its experiment: the events
 * are blocks invented here, named so.
 */
const DATASET = `
import json, os, sys
import nibabel as nib, numpy as np
root = sys.argv[1]
image = nib.load(os.path.join(os.path.dirname(nib.__file__), "tests/data/functional.nii"))
func = root + "/sub-01/func"
os.makedirs(func)
def write(path, text):
    with open(path, "w") as file: file.write(text)
write(root + "/dataset_description.json", json.dumps({"Name": "nibabel's functional.nii", "BIDSVersion": "1.10.0"}))
write(root + "/task-invented_bold.json", json.dumps({"TaskName": "invented", "RepetitionTime": float(image.header.get_zooms()[3])}))
write(func + "/sub-01_task-invented_events.tsv", "onset\\tduration\\ttrial_type\\n4\\t6\\tinvented\\n16.5\\t6\\tinvented\\n29\\t6\\tinvented\\n")
with open(func + "/sub-01_task-invented_bold.nii", "wb") as copy, open(image.get_filename(), "rb") as file: copy.write(file.read())
mean = image.get_fdata().mean(-1)
mask = (mean > 0.5 * np.percentile(mean, 98)).astype("u1")
nib.save(nib.Nifti1Image(mask, image.affine), root + "/mask.nii")
print(json.dumps({"shape": image.shape, "dtype": str(image.get_data_dtype()), "voxels": int(mask.sum())}))
`;

const COMPARE = `
import json, sys
import nibabel as nib, numpy as np, pandas as pd
from nilearn.glm.first_level import FirstLevelModel
root, out, noise = sys.argv[1:]
stem = "/sub-01/func/sub-01_task-invented_"
inside = nib.load(root + "/mask.nii").get_fdata() > 0
model = FirstLevelModel(t_r=2.0, slice_time_ref=0, hrf_model="spm + derivative", drift_model="polynomial", drift_order=1, noise_model=noise,
                        mask_img=root + "/mask.nii", signal_scaling=False, standardize=False, smoothing_fwhm=None)
model.fit(root + stem + "bold.nii", events=pd.read_csv(root + stem + "events.tsv", sep="\\t"))
theirs = model.compute_contrast("invented", output_type="all")
found = {}
for stat, key in {"effect": "effect_size", "variance": "effect_variance", "t": "stat", "z": "z_score", "p": "p_value"}.items():
    a = nib.load(f"{out}{stem}contrast-invented_stat-{stat}_statmap.nii.gz").get_fdata()[inside]
    b = theirs[key].get_fdata()[inside]
    found[stat] = float(np.max(np.abs(a - b) / np.maximum(np.abs(b), 1e-3 * np.abs(b).max())))
print(json.dumps(found))
`;

describe.skipIf(!havePeers)('a real brain, and nilearn', () => {
  let folder: string;
  const path = (...parts: string[]) => join(folder, ...parts);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'brain-'));
    const made = await python<Record<string, unknown>>(DATASET, path('dataset'));
    expect(made).toMatchObject({ shape: [17, 21, 3, 20], dtype: 'int16' });
    expect(made.voxels).toBeGreaterThan(500);
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each(['ols', 'ar1'])('%s: the same maps', async (noise) => {
    const streams = captured();
    const argv = [
      'glm',
      path('dataset'),
      path(noise),
      '--mask',
      path('dataset/mask.nii'),
      '--quiet',
    ];
    const model = ['--hrf', 'spm + derivative', '--drift', 'polynomial', '--drift-order', '1'];
    const code = await main([...argv, ...model, '--noise', noise], streams);
    expect([code, streams.errors()]).toEqual([0, '']);
    const found = await python<Record<string, number>>(
      COMPARE,
      path('dataset'),
      path(noise),
      noise,
    );
    if (process.env.SHOW) console.log(found);
    for (const stat of ['effect', 'variance', 't', 'z', 'p'])
      expect(found[stat], stat).toBeLessThan(1e-6);
  });
});
