import type { HemodynamicModel, ImageRun } from '../../bids/image-run.js';
import type { Block, Series } from '../../core/series.js';
import { hrfKernels, OVERSAMPLING } from '../../glm/design/hrf.js';
import { measureIntensity } from '../../image/intensity.js';

/**
 * What a volume's activation adds to its own and to later volumes, so that a boxcar convolved with it
 * is the regressor that nilearn makes of that boxcar: nilearn's kernel (50 samples a volume, summing
 * to 1) seen at the volumes' onsets. Sample 0 falls on the volume itself, samples 1 to 50 on the one
 * before, and so on.
 */
export function volumeKernel(model: HemodynamicModel, repetitionTime: number): Float64Array {
  const [fine] = hrfKernels(model, repetitionTime); // [samples]
  const lags = Math.ceil((fine.length - 1) / OVERSAMPLING) + 1;
  const kernel = new Float64Array(lags); // [lags]
  fine.forEach((value, i) => {
    kernel[Math.ceil(i / OVERSAMPLING)] += value;
  });
  return kernel;
}

/**
 * A series convolved in time, volume t becoming the sum over k of kernel[k] x[t - k]. Before its first
 * volume each unit is taken to have stood at `before` (its mean), so that a series does not begin with
 * a rise from 0. Memory holds as many volumes as the kernel has lags, however long the series is.
 */
export function convolveSeries(
  series: Series,
  kernel: Float64Array, // [lags]
  before: Float64Array, // [units]
): Series {
  const { units } = series;
  const lags = kernel.length;
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  async function* blocks(): AsyncGenerator<Block> {
    const coming = new Float64Array(lags * units); // [lags, units] what is known of the next volumes
    let t = 0;
    for await (const { first, volumes, values } of series.blocks()) {
      const out = new Float64Array(volumes * units); // [volumes, units]
      for (let row = 0; row < volumes; row++, t++) {
        for (let k = 0; k < lags; k++) {
          const to = ((t + k) % lags) * units;
          const weight = kernel[k];
          for (let u = 0; u < units; u++)
            coming[to + u] += weight * (values[row * units + u] - before[u]);
        }
        const at = (t % lags) * units;
        for (let u = 0; u < units; u++) out[row * units + u] = total * before[u] + coming[at + u];
        coming.fill(0, at, at + units);
      }
      yield { first, volumes, values: out };
    }
  }
  return { ...series, blocks };
}

/** A session's runs of one kind as they are to be written: convolved where that was asked for. */
export async function convolved(runs: readonly ImageRun[]): Promise<readonly ImageRun[]> {
  if (runs.every(({ hemodynamics }) => hemodynamics === null)) return runs;
  const { mean } = await measureIntensity(runs.map(({ recording }) => recording.series));
  return runs.map((run) => {
    const { recording, hemodynamics } = run;
    if (!hemodynamics) return run;
    const series = convolveSeries(recording.series, hemodynamics.kernel, mean);
    return { ...run, recording: { ...recording, series } };
  });
}
