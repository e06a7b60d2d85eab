import type { Series } from '../core/series.js';
import type { Intensity } from './intensity.js';

/** A run with the mean and sd of its units over all volumes of its session. */
export interface StandardRun {
  readonly series: Series;
  readonly intensity: Intensity;
}

/**
 * Every volume of the runs, one after the other, each unit as (x - mean) / sd; 0 for units that never
 * change. The same array is handed out again and again: copy what you keep.
 */
export async function* standardVolumes(runs: readonly StandardRun[]): AsyncGenerator<Float64Array> {
  for (const { series, intensity } of runs) {
    const { units } = series;
    const { mean } = intensity;
    const inverse = intensity.sd.map((sd) => (sd === 0 ? 0 : 1 / sd)); // [units]
    const volume = new Float64Array(units); // [units]
    for await (const { volumes, values } of series.blocks()) {
      for (let row = 0; row < volumes; row++) {
        const start = row * units;
        for (let u = 0; u < units; u++) volume[u] = (values[start + u] - mean[u]) * inverse[u];
        yield volume;
      }
    }
  }
}
