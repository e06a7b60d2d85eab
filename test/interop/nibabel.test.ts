import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readUnits } from '../../src/bids/units.js';
import type { Affine } from '../../src/core/grid.js';
import { openMask } from '../../src/image/mask.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { readMap } from '../../src/image/voxels.js';
import { writeMap } from '../../src/image/write-nifti.js';
import { exportDataset } from '../../src/workflow/export.js';
import { simulateRecording } from '../workflow/simulate.js';
import { havePeers, python } from './peers.js';

const recording = simulateRecording();

/** Largest error of the activations nibabel gives back, in units of sd; and the header's facts. */
const READ_BOLD = `
import json, sys
import nibabel as nib, numpy as np, pandas as pd
bold, mask, dseg, units, values = sys.argv[1:]
image = nib.load(bold)
header = image.header
table = pd.read_csv(units, sep="\\t")
recorded = np.fromfile(values, "<f4").reshape(-1, len(table))
voxels = tuple(table[axis].to_numpy() for axis in "xyz")
s = np.asarray(image.dataobj)[voxels].T.astype(float)
mean, sd = table["mean"].to_numpy(), table["sd"].to_numpy()
back = mean + sd * (s - 10000) / 100
inside = np.zeros(image.shape[:3], bool)
inside[voxels] = sd > 0
labels = np.asarray(nib.load(dseg).dataobj)
print(json.dumps({
    "shape": image.shape,
    "dtype": str(image.get_data_dtype()),
    "zooms": [float(z) for z in header.get_zooms()],
    "units": header.get_xyzt_units(),
    "codes": [int(header["qform_code"]), int(header["sform_code"])],
    "sameForms": bool(np.array_equal(image.get_qform(), image.get_sform())),
    "axes": nib.aff2axcodes(image.affine),
    "centre": (image.affine @ np.r_[(np.array(image.shape[:3]) - 1) / 2, 1]).tolist()[:3],
    "slope": [float(image.dataobj.slope), float(image.dataobj.inter)],
    "intent": int(header["intent_code"]),
    "errorInSd": float((np.abs(back - recorded) / np.where(sd > 0, sd, np.inf)).max()),
    "constantsExact": bool((back == recorded)[:, sd == 0].all()),
    "maskAgrees": bool(np.array_equal(np.asarray(nib.load(mask).dataobj) > 0, inside)),
    "labels": [int(label) for label in np.unique(labels)],
    "background": float(np.abs(np.asarray(image.dataobj)[labels == 0]).max()),
}))
`;

describe.skipIf(!havePeers)('nibabel', () => {
  let folder: string;
  let dataset: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nibabel-'));
    dataset = join(folder, 'dataset');
    await exportDataset({ recordings: [recording], dataset, force: false });
  });
  afterAll(() => rm(folder, { recursive: true }));

  const derived = (rest: string) =>
    join(dataset, `derivatives/boldbridge/sub-01/anat/sub-01_${rest}`);

  test('gives back every activation and reads the header as it was meant', async () => {
    const values = join(folder, 'values.f4');
    await writeFile(values, new Uint8Array(recording.values.buffer));
    const facts = await python<Record<string, unknown>>(
      READ_BOLD,
      join(dataset, 'sub-01/func/sub-01_task-topics_run-1_bold.nii.gz'),
      derived('desc-units_mask.nii.gz'),
      derived('seg-modules_dseg.nii.gz'),
      derived('desc-units_table.tsv'),
      values,
    );
    const { shape } = await openNifti(derived('desc-units_mask.nii.gz'));
    expect(facts).toMatchObject({
      shape: [...shape, recording.volumes.length],
      dtype: 'float32',
      zooms: [2, 2, 2, 0.75],
      units: ['mm', 'sec'],
      codes: [1, 1],
      sameForms: true,
      axes: ['R', 'A', 'S'],
      centre: [0, 0, 0],
      slope: [1, 0],
      intent: 0,
      constantsExact: true,
      maskAgrees: true,
      labels: [0, ...recording.modules.map((_, m) => m + 1)],
      background: 0,
    });
    expect(facts.errorInSd).toBeGreaterThan(1e-6);
    expect(facts.errorInSd).toBeLessThan(4.9e-6);
  });

  test('reads int16 with its slope, and a volume a prompt', async () => {
    const place = join(folder, 'prompts');
    const options = { volumes: ['prompt'], dtype: 'int16' } as const;
    await exportDataset({ recordings: [recording], dataset: place, force: false, ...options });
    const anat = join(place, 'derivatives/boldbridge/sub-01/anat/sub-01_desc-units_');
    const facts = await python<Record<string, number>>(
      `import json, sys, nibabel as nib, numpy as np
bold, mask, dseg = (nib.load(path) for path in sys.argv[1:])
s = np.asarray(bold.dataobj)
inside = s[np.asarray(mask.dataobj) > 0]
print(json.dumps({"volumes": s.shape[3], "slope": float(bold.dataobj.slope), "inter": float(bold.dataobj.inter),
  "dtype": str(bold.get_data_dtype()), "background": float(np.abs(s[np.asarray(dseg.dataobj) == 0]).max()),
  "mean": float(np.abs(inside.mean(1) - 10000).max()), "sd": float(np.abs(inside.std(1) - 100).max())}))`,
      join(place, 'sub-01/func/sub-01_task-topics_acq-prompt_run-1_bold.nii.gz'),
      `${anat}mask.nii.gz`,
      join(place, 'derivatives/boldbridge/sub-01/anat/sub-01_seg-modules_dseg.nii.gz'),
    );
    expect(facts).toMatchObject({
      volumes: 8,
      inter: 0,
      dtype: 'int16',
      background: 0,
    });
    expect(facts.slope).toBeLessThanOrEqual(0.5);
    expect(facts.mean).toBeLessThan(0.25);
    expect(facts.sd).toBeLessThan(0.25);
  });

  test('agrees about the qform of an oblique, flipped map that we wrote', async () => {
    const affine: Affine = [
      [-1.5 * Math.cos(0.3), -2 * Math.sin(0.3), 0, 10],
      [-1.5 * Math.sin(0.3), 2 * Math.cos(0.3), 0, -20.5],
      [0, 0, 3, 7],
    ];
    const path = join(folder, 'oblique.nii');
    const grid = { shape: [3, 4, 5] as const, affine, voxelOfUnit: Int32Array.from([7, 59]) };
    await writeMap(path, { grid, values: [1.5, -2], dtype: 'float32' });
    const { qform, values } = await python<{ qform: number[][]; values: number[] }>(
      `import json, sys, nibabel as nib, numpy as np
i = nib.load(sys.argv[1])
f = i.get_fdata().ravel(order="F")
print(json.dumps({"qform": i.get_qform().tolist(), "values": [f[7], f[59], float(np.abs(f).sum())]}))`,
      path,
    );
    expect(values).toEqual([1.5, -2, 3.5]);
    affine.flat().forEach((value, i) => {
      expect(qform.flat()[i]).toBeCloseTo(value, 5);
    });
  });

  test.each(['uint8', 'int16', '>i4', 'uint32', '>f8', 'float32'])(
    'writes %s, scaled, and we read the same',
    async (dtype) => {
      const path = join(folder, 'theirs.nii.gz');
      const theirs = await python<{ values: number[]; affine: number[][] }>(
        `import json, sys, nibabel as nib, numpy as np
path, dtype = sys.argv[1:]
dtype = np.dtype(dtype)
data = np.random.default_rng(0).normal(10, 3, (4, 3, 2))
affine = np.array([[-2, 0, 0, 5], [0, 2.5, 0, -7], [0, 0, 3, 1], [0, 0, 0, 1.]])
header = nib.Nifti1Header(endianness=">" if dtype.byteorder == ">" else "<")
image = nib.Nifti1Image(data, affine, header)
image.set_data_dtype(dtype)
image.to_filename(path)
again = nib.load(path)
values = again.get_fdata().ravel(order="F").tolist()
print(json.dumps({"values": values, "affine": again.affine.tolist()}))`,
        path,
        dtype,
      );
      const image = await openNifti(path);
      expect(image.affine).toEqual(theirs.affine.slice(0, 3));
      const map = await readMap(image);
      map.forEach((value, i) => {
        expect(Math.abs(value - theirs.values[i])).toBeLessThan(1e-6);
      });
      expect((await openMask(path)).voxels.length).toBeGreaterThan(0);
    },
  );

  test('units and voxels stay together through a change made in Python', async () => {
    const marked = join(folder, 'marked.nii.gz');
    const { voxel } = await readUnits(derived('desc-units_table.tsv'));
    await python(
      `import sys, nibabel as nib, numpy as np
mask, marked, *voxel = sys.argv[1:]
image = nib.load(mask)
data = np.zeros(image.shape, "f4")
data[tuple(int(v) for v in voxel)] = 1
nib.Nifti1Image(data, image.affine).to_filename(marked)
print("{}")`,
      derived('desc-units_mask.nii.gz'),
      marked,
      ...voxel[100].map(String),
    );
    const [found] = (await openMask(marked)).voxels;
    const [nx, ny] = (await openNifti(marked)).shape;
    expect([found % nx, Math.floor(found / nx) % ny, Math.floor(found / nx / ny)]).toEqual(
      voxel[100],
    );
  });
});
