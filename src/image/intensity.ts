import { DataError } from '../core/errors.js';
import type { Block, Series } from '../core/series.js';

/** The baseline and the size of one standard deviation in pseudo-BOLD: 1 sd is 1 % signal change. */
export const BASELINE = 10000;
export const STEP = 100;

/**
 * What turns activations into pseudo-BOLD, S = 10000 + 100 (x - mean) / sd, and back. S is positive,
 * as other tools' masks need it, unless one of more than 10,000 volumes lies 100 sd below the mean.
 */
export interface Intensity {
  readonly mean: Float64Array; // [units]
  /** Over all volumes, dividing by their number; exactly 0 for a unit that never changes. */
  readonly sd: Float64Array; // [units]
}

export interface MeasuredIntensity extends Intensity {
  /** The largest |S| of any unit and volume. */
  readonly largest: number;
}

/**
 * Mean and sd of every unit over all volumes of the given series (the runs of one subject and
 * session), and how far pseudo-BOLD reaches, in one pass. Source: Welford 1962, Technometrics 4:419.
 * @throws DataError `data/not-finite` naming the first unit and volume that is NaN or infinite.
 */
export async function measureIntensity(runs: readonly Series[]): Promise<MeasuredIntensity> {
  const units = runs[0]?.units ?? 0;
  const mean = new Float64Array(units); // [units]
  const squares = new Float64Array(units); // [units] sum of squared distances from the mean
  const low = new Float64Array(units).fill(Number.POSITIVE_INFINITY); // [units]
  const high = new Float64Array(units).fill(Number.NEGATIVE_INFINITY); // [units]
  let count = 0;
  for (const [run, series] of runs.entries()) {
    for await (const block of series.blocks()) {
      for (let row = 0; row < block.volumes; row++) {
        const share = 1 / ++count;
        for (let u = 0; u < units; u++) {
          const x = block.values[row * units + u];
          const distance = x - mean[u];
          mean[u] += distance * share;
          squares[u] += distance * (x - mean[u]);
          if (x < low[u]) low[u] = x;
          if (x > high[u]) high[u] = x;
        }
      }
      if (!mean.every(Number.isFinite)) throw notFinite(block, units, run);
    }
  }
  const intensity = { mean, sd: squares.map((sum) => Math.sqrt(sum / count)) };
  const furthest = [low, high].map((values) =>
    values.reduce((most, x, u) => Math.max(most, Math.abs(boldOf(x, mean[u], intensity.sd[u]))), 0),
  );
  return { ...intensity, largest: Math.max(...furthest) };
}

function boldOf(x: number, mean: number, sd: number): number {
  return sd === 0 ? BASELINE : BASELINE + (STEP * (x - mean)) / sd;
}

/** Activations as pseudo-BOLD; units whose sd is 0 become exactly 10000. */
export function toBold(series: Series, { mean, sd }: Intensity): Series {
  return mapSeries(series, (x, u) => boldOf(x, mean[u], sd[u]));
}

/** Pseudo-BOLD as activations; units whose sd is 0 become their mean. */
export function fromBold(series: Series, { mean, sd }: Intensity): Series {
  return mapSeries(series, (s, u) => mean[u] + (sd[u] * (s - BASELINE)) / STEP);
}

function mapSeries(series: Series, change: (value: number, unit: number) => number): Series {
  const { units } = series;
  async function* blocks(): AsyncGenerator<Block> {
    for await (const block of series.blocks()) {
      const values = new Float64Array(block.volumes * units); // [volumes, units]
      for (let i = 0, u = 0; i < values.length; i++, u = u + 1 === units ? 0 : u + 1) {
        values[i] = change(block.values[i], u);
      }
      yield { ...block, values };
    }
  }
  return { ...series, blocks };
}

function notFinite({ first, values }: Block, units: number, run: number): DataError {
  const index = values.findIndex((value) => !Number.isFinite(value));
  return new DataError('not-finite', {
    given: `${values[index]} in unit ${index % units} of volume ${first + Math.floor(index / units)} of run ${run + 1}`,
    expected: 'finite activations',
    todo: 'Record again with another dtype (fp32 does not overflow), or leave the module out.',
  });
}
