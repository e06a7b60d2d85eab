import type { Series } from '../../../core/series.js';
import { writeJson } from '../../../files/whole.js';
import { writeMap, writeSeries } from '../../../image/write-nifti.js';
import { writeStatistic } from './maps.js';
import { type Described, filePath, type Place } from './place.js';

/** The voxels that were analysed, where no mask was given. */
export async function writeComputedMask(place: Place, description: string): Promise<void> {
  const entities = { ...place.entities, desc: 'brain' };
  const path = (extension: string) => filePath(place.root, entities, 'mask', extension);
  const values = place.grid.voxelOfUnit.map(() => 1); // [units]
  await writeMap(path('.nii.gz'), { grid: place.grid, values, dtype: 'uint8' });
  await writeJson(path('.json'), {
    Type: 'Brain',
    Description: description,
    Sources: place.sources,
    Command: place.command,
  });
}

/** Each unit's r squared in one run. */
export async function writeRSquare(
  place: Place,
  values: Float64Array, // [units]
  described: Described,
): Promise<void> {
  const more = { Description: 'Variance of the fitted over that of the (whitened) data' };
  await writeStatistic(place, { contrast: null, stat: 'rsquared', values, more }, described);
}

/** Data less fit, volume by volume; read and written a block at a time. */
export async function writeResiduals(
  place: Place,
  own: { readonly series: Series; readonly repetitionTime: number; readonly described: Described },
): Promise<void> {
  const { series, repetitionTime, described } = own;
  const entities = { ...place.entities, stat: 'errorts' };
  const path = (extension: string) => filePath(place.root, entities, 'statmap', extension);
  await writeSeries(path('.nii.gz'), { grid: place.grid, series, repetitionTime });
  await writeJson(path('.json'), {
    Statistic: 'errorts',
    Description: 'Data less fit, not whitened; censored volumes are 0, masked units NaN',
    RepetitionTime: repetitionTime,
    ...described,
    SkullStripped: false,
    Sources: place.sources,
    Command: place.command,
  });
}
