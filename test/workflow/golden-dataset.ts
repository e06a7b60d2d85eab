import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openNifti } from '../../src/image/open-nifti.js';
import { readMap } from '../../src/image/voxels.js';
import { writeMap } from '../../src/image/write-nifti.js';
import { golden, table } from '../golden/read.js';

const maps = table('boxcar-ar1/run-1_maps.tsv');
const shape = [10, 10, 6] as const;
const voxels = maps
  .number('i')
  .map((i, u) => i + shape[0] * (maps.number('j')[u] + shape[1] * maps.number('k')[u]));

/** The golden runs as a BIDS dataset of one subject or more, each with runs of its choice, and a mask. */
export async function goldenDataset(
  folder: string,
  subjects: Readonly<Record<string, readonly number[]>> = { '01': [1, 2] },
) {
  const dataset = join(folder, 'dataset');
  const mask = join(folder, 'mask.nii.gz');
  for (const [subject, runs] of Object.entries(subjects)) {
    const func = join(dataset, `sub-${subject}`, 'func');
    const confounds = join(dataset, 'derivatives', 'fmriprep', `sub-${subject}`, 'func');
    await mkdir(func, { recursive: true });
    await mkdir(confounds, { recursive: true });
    for (const run of runs) {
      for (const [rest, place] of [
        ['bold.nii.gz', func],
        ['events.tsv', func],
        ['desc-confounds_timeseries.tsv', confounds],
      ]) {
        const source = golden(`sub-01_task-x_run-${run}_${rest}`);
        await cp(source, join(place, `sub-${subject}_task-x_run-${run}_${rest}`));
      }
    }
  }
  await writeFile(join(dataset, 'dataset_description.json'), '{"Name":"x","BIDSVersion":"1.11.0"}');
  await writeFile(join(dataset, 'task-x_bold.json'), '{"TaskName":"x","RepetitionTime":1.5}');
  const { affine } = await openNifti(golden('sub-01_task-x_run-1_bold.nii.gz'));
  const grid = { shape, affine, voxelOfUnit: Int32Array.from(voxels) };
  await writeMap(mask, { grid, values: voxels.map(() => 1), dtype: 'uint8' });
  /** A map's values in the golden tables' order. */
  const values = async (path: string) => {
    const map = await readMap(await openNifti(path));
    return voxels.map((voxel) => map[voxel]);
  };
  return { dataset, mask, values };
}
