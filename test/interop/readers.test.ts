import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { writeSmallStudy } from '../workflow/small-study.js';
import { captured } from '../workflow/streams.js';
import { havePeers, python } from './peers.js';

let folder: string;
const FLOAT = 'float32';
const INT = 'int16';
const RAW = 'sub-phantom/func';
const ANAT = 'derivatives/boldbridge/sub-phantom/anat';
const MAPS = 'derivatives/boldbridge-glm/sub-phantom/func';

/** The embedded model is recorded, exported both ways, and mapped. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'readers-'));
  const run = async (...argv: string[]) => {
    const streams = captured();
    expect(await main([...argv, '--quiet'], streams), streams.errors()).toBe(0);
  };
  const recordings = join(folder, 'recordings');
  await run('record', await writeSmallStudy(folder), '--out', recordings);
  await run('export', recordings, join(folder, FLOAT));
  await run('export', recordings, join(folder, INT), '--dtype', INT);
  await run('glm', join(folder, FLOAT));
});
afterAll(() => rm(folder, { recursive: true }));

async function imagesOf(dataset: string, place: string, ending: string): Promise<string[]> {
  const names = await readdir(join(folder, dataset, place));
  const found = names.filter((name) => name.endsWith(ending));
  expect(found.length, `${place}/*${ending}`).toBeGreaterThan(0);
  return found.map((name) => join(folder, dataset, place, name)).sort();
}

/** An image as its bytes say, by the offsets of nifti1.h. */
async function bytesOf(path: string) {
  const bytes = gunzipSync(await readFile(path));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [short, float] = [
    (at: number) => view.getInt16(at, true),
    (at: number) => view.getFloat32(at, true),
  ];
  const dim = Array.from({ length: 8 }, (_, i) => short(40 + 2 * i));
  const pixdim = Array.from({ length: 8 }, (_, i) => float(76 + 4 * i));
  const srow = Array.from({ length: 12 }, (_, i) => float(280 + 4 * i));
  const [type, slope] = [short(70), float(112)];
  const read = { 2: 1, 4: 2, 16: 4 }[type]!;
  const at = (voxel: number) => {
    const offset = 352 + voxel * read;
    if (type === 16) return float(offset) * slope;
    return (type === 4 ? short(offset) : view.getUint8(offset)) * slope;
  };
  return { bytes, view, short, float, dim, pixdim, srow, type, slope, at, read };
}

describe.each([
  ['a series of float32', FLOAT, RAW, '_bold.nii.gz'],
  ['a series of int16', INT, RAW, '_bold.nii.gz'],
  ['the atlas', FLOAT, ANAT, '_dseg.nii.gz'],
  ['the mask', FLOAT, ANAT, '_mask.nii.gz'],
  ['statistical maps', FLOAT, MAPS, '_statmap.nii.gz'],
])('what AFNI, FSL and SPM demand of the bytes of %s', (_, dataset, place, ending) => {
  test('holds', async () => {
    for (const path of await imagesOf(dataset, place, ending)) {
      const own = await bytesOf(path);
      const { bytes, short, float, dim, pixdim, srow, type, slope, at, read } = own;
      const name = basename(path);
      const isSeries = ending === '_bold.nii.gz';
      // FSL, SPM: NIfTI-1 in one file, little-endian; AFNI: the voxels begin at 352, not at 0.
      expect(own.view.getInt32(0, true), name).toBe(348);
      expect(bytes.toString('latin1', 344, 348)).toBe('n+1\0');
      expect(float(108)).toBe(352);
      expect(bytes.toString('hex', 348, 352)).toBe('00000000'); // no extension AFNI could obey
      // AFNI, FSL: time is dim[4], and nothing beyond it; SPM, FSL: no axis of length 1; int16's limit.
      const [rank, x, y, z, t] = dim;
      expect(rank).toBe(isSeries ? 4 : 3);
      expect(dim.slice(5)).toEqual([1, 1, 1]);
      expect(Math.min(x, y, z)).toBeGreaterThan(1);
      expect(Math.max(x, y, z, t)).toBeLessThan(32767);
      expect(t).toBe(isSeries ? 36 : 1);
      expect(bytes.length).toBe(352 + x * y * z * t * read);
      // All: millimetres, and seconds in pixdim[4], not milliseconds; AFNI: a TR above 0.
      expect(bytes[123]).toBe(2 + 8);
      if (isSeries) expect(pixdim[4]).toBe(0.5);
      // AFNI, SPM: both forms, the same, code 1 (ORIG view, no standard brain); AFNI: plumb.
      expect([short(252), short(254)]).toEqual([1, 1]);
      expect(pixdim.slice(0, 4)).toEqual([1, 2, 2, 2]);
      expect([float(256), float(260), float(264)]).toEqual([0, 0, 0]);
      const [ox, oy, oz] = [float(268), float(272), float(276)];
      expect(srow).toEqual([2, 0, 0, ox, 0, 2, 0, oy, 0, 0, 2, oz]);
      // AFNI: native types; float32 never scaled, and no intercept, which it would apply twice.
      expect(type).toBe(ending.match(/dseg|mask/) ? 2 : dataset === INT && isSeries ? 4 : 16);
      if (type === 4) expect(slope).toBeGreaterThan(0);
      else expect(slope).toBe(1);
      expect(float(116)).toBe(0);
      // AFNI: no statistic's intent on a series.
      expect([short(68), float(56), float(60), float(64)]).toEqual([0, 0, 0, 0]);
      // FSL, SPM: no NaN, no infinity; FSL: exact zeros all round.
      for (let v = 0; v < x * y * z * t; v++) {
        const value = at(v);
        if (!Number.isFinite(value)) expect.fail(`${value} in ${name}`);
        const [i, j, k] = [v % x, Math.floor(v / x) % y, Math.floor(v / x / y) % z];
        const border = i === 0 || j === 0 || k === 0 || i === x - 1 || j === y - 1 || k === z - 1;
        if (border && value !== 0) expect.fail(`${value} at ${i}, ${j}, ${k} of ${name}`);
      }
    }
  });
});

test('FSL and SPM keep every unit of a series: positive, its mean far above its noise', async () => {
  const [maskPath] = await imagesOf(FLOAT, ANAT, '_mask.nii.gz');
  const mask = await bytesOf(maskPath);
  for (const dataset of [FLOAT, INT]) {
    for (const path of await imagesOf(dataset, RAW, '_bold.nii.gz')) {
      const { at, dim } = await bytesOf(path);
      expect(dim.slice(1, 4)).toEqual(mask.dim.slice(1, 4)); // SPM and AFNI never compare them
      const [, x, y, z, volumes] = dim;
      const size = x * y * z;
      const voxels = Array.from({ length: size }, (_, v) => v).filter((v) => mask.at(v) > 0);
      expect(voxels.length).toBeGreaterThan(9000);
      // SPM's mask: above 0.8 of the global mean (of voxels above an eighth of the mean) in each scan.
      for (let t = 0; t < volumes; t++) {
        const all = Array.from({ length: size }, (_, v) => at(t * size + v));
        const eighth = all.reduce((sum, s) => sum + s, 0) / size / 8;
        const above = all.filter((s) => s > eighth);
        const global = above.reduce((sum, s) => sum + s, 0) / above.length;
        expect(Math.abs(global - 10000)).toBeLessThan(200);
        const dropped = voxels.filter((v) => !(all[v] > 0.8 * global)).length;
        expect(dropped, `${basename(path)}, volume ${t}`).toBe(0);
      }
      // film_gls: temporal mean above --thr=1000. FEAT: minimum above p2 + 0.1 (p98 - p2), p2 being 0.
      const lowest = 0.1 * 13000;
      for (const v of voxels) {
        let [sum, least] = [0, Number.POSITIVE_INFINITY];
        for (let t = 0; t < volumes; t++) {
          sum += at(t * size + v);
          least = Math.min(least, at(t * size + v));
        }
        expect(Math.abs(sum / volumes - 10000)).toBeLessThan(1000);
        expect(least).toBeGreaterThan(lowest);
      }
    }
  }
});

const READ = `
import glob, json, os, sys, warnings
warnings.simplefilter("error", RuntimeWarning)
import matplotlib; matplotlib.use("Agg")
import matplotlib.image as png
import nibabel as nib, numpy as np
from nilearn import image, plotting
from nilearn.maskers import NiftiMasker
root, out = sys.argv[1:]
bold = sorted(glob.glob(f"{root}/sub-phantom/func/*_bold.nii.gz"))[0]
anat = f"{root}/derivatives/boldbridge/sub-phantom/anat/sub-phantom_"
mask, dseg = f"{anat}desc-units_mask.nii.gz", f"{anat}seg-modules_dseg.nii.gz"
loaded = nib.load(bold); header = loaded.header
series = image.load_img(bold)
data = np.asarray(loaded.dataobj, dtype="f8")
inside = nib.load(mask).get_fdata() > 0
masked = NiftiMasker(mask_img=mask).fit_transform(bold)
mean = image.mean_img(series, copy_header=True)
plotting.plot_epi(mean, output_file=f"{out}/epi.png", colorbar=False)
plotting.plot_roi(dseg, bg_img=mean, output_file=f"{out}/atlas.png")
for t in sorted(glob.glob(f"{root}/derivatives/boldbridge-glm/sub-phantom/func/*stat-t_statmap.nii.gz"))[:1]:
    plotting.plot_stat_map(t, bg_img=mean, output_file=f"{out}/t.png", display_mode="z")
pictures = {}
for path in sorted(glob.glob(f"{out}/*.png")):
    pixels = png.imread(path)
    pictures[os.path.basename(path)] = [pixels.shape[0] > 100, pixels.shape[1] > 100, len(np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0)) > 20]
print(json.dumps({
    "shape": loaded.shape, "zooms": [float(z) for z in header.get_zooms()], "units": header.get_xyzt_units(),
    "forms": bool(np.array_equal(loaded.get_qform(), loaded.get_sform())), "axes": nib.aff2axcodes(loaded.affine),
    "dtype": str(loaded.get_data_dtype()), "inter": float(loaded.dataobj.inter),
    "masked": list(masked.shape) == [loaded.shape[3], int(inside.sum())],
    "maskedError": float(np.abs(masked - data[inside].T).max()),
    "meanError": float(np.abs(mean.get_fdata() - data.mean(3)).max()),
    "sameGrid": bool(np.array_equal(mean.affine, nib.load(mask).affine)),
    "labels": int(len(np.unique(np.asarray(nib.load(dseg).dataobj))) - 1),
    "pictures": pictures,
}))
`;

describe.skipIf(!havePeers)('nibabel and nilearn', () => {
  test.each([
    [FLOAT, ['atlas.png', 'epi.png', 't.png']],
    [INT, ['atlas.png', 'epi.png']],
  ])('load, mask, average and draw the dataset of %s', async (dataset, pictures) => {
    const out = await mkdtemp(join(folder, 'png-'));
    const facts = await python<Record<string, unknown>>(READ, join(folder, dataset), out);
    const [path] = await imagesOf(dataset, RAW, '_bold.nii.gz');
    const { dim } = await bytesOf(path);
    expect(facts).toMatchObject({
      shape: dim.slice(1, 5),
      zooms: [2, 2, 2, 0.5],
      units: ['mm', 'sec'],
      forms: true,
      axes: ['R', 'A', 'S'],
      dtype: dataset,
      inter: 0,
      masked: true,
      sameGrid: true,
    });
    expect(facts.maskedError).toBeLessThan(0.002); // nilearn reads in float32
    expect(facts.meanError).toBeLessThan(0.01);
    expect(facts.labels).toBeGreaterThan(10);
    expect(facts.pictures).toEqual(
      Object.fromEntries(pictures.map((p) => [p, [true, true, true]])),
    );
  });
});
