import { join } from 'node:path';
import type { Series } from '../../core/series.js';
import { writeMap, writeSeries } from '../../image/write-nifti.js';
import type { GatheredRun } from './run.js';

/** Some units of a series, in the order given. */
function unitsOf(series: Series, kept: Int32Array): Series {
  if (kept.length === series.units) return series;
  async function* blocks() {
    for await (const { first, volumes, values } of series.blocks()) {
      const own = new Float64Array(volumes * kept.length); // [volumes, units kept]
      for (let v = 0; v < volumes; v++)
        for (let u = 0; u < kept.length; u++)
          own[v * kept.length + u] = values[v * series.units + kept[u]];
      yield { first, volumes, values: own };
    }
  }
  return { volumes: series.volumes, units: kept.length, blocks };
}

/** A run's image and mask, as HandoffRun says they are. */
export async function writeImages(root: string, { input, run, kept }: GatheredRun): Promise<void> {
  const { grid, series, repetitionTime } = input;
  const own = { ...grid, voxelOfUnit: kept.map((unit) => grid.voxelOfUnit[unit]) };
  await writeMap(join(root, run.mask), { grid: own, values: kept.map(() => 1), dtype: 'uint8' });
  await writeSeries(join(root, run.bold), {
    grid: own,
    series: unitsOf(series, kept),
    repetitionTime,
  });
}
