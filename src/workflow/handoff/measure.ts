import { DataError } from '../../core/errors.js';
import type { HandoffValues } from '../../core/handoff.js';
import type { Series } from '../../core/series.js';

/** What a run's values are, and which units can be analysed. */
export interface Measured {
  readonly values: HandoffValues;
  /** Indices of the units that stay in the mask, ascending. */
  readonly kept: Int32Array; // [units kept]
}

/**
 * Reads a series once. Units that never change or hold values that are not finite are left out: the
 * tools crash on them, or make maps of them that mean nothing.
 * @throws DataError `data/no-unit-left`
 */
export async function measureValues(series: Series, source: string): Promise<Measured> {
  const { units, volumes } = series;
  const lowest = new Float64Array(units).fill(Number.POSITIVE_INFINITY); // [units]
  const highest = new Float64Array(units).fill(Number.NEGATIVE_INFINITY); // [units]
  const sums = new Float64Array(units); // [units]
  for await (const block of series.blocks())
    for (let v = 0; v < block.volumes; v++)
      for (let u = 0; u < units; u++) {
        const value = block.values[v * units + u];
        if (value < lowest[u]) lowest[u] = value;
        if (value > highest[u]) highest[u] = value;
        sums[u] += value;
      }
  const all = Array.from({ length: units }, (_, u) => u);
  const finite = all.filter((u) => Number.isFinite(sums[u]));
  const kept = finite.filter((u) => lowest[u] < highest[u]);
  const leftOut = { constant: finite.length - kept.length, notFinite: units - finite.length };
  if (kept.length === 0) {
    throw new DataError('no-unit-left', {
      given: `${source}: of ${units} units ${leftOut.constant} never change and ${leftOut.notFinite} hold values that are not finite`,
      expected: 'at least one unit to analyse',
      todo: 'Check the mask.',
    });
  }
  const lowestMean = kept.reduce((least, u) => Math.min(least, sums[u] / volumes), Infinity);
  const notPositive = kept.filter((u) => lowest[u] <= 0).length;
  return {
    values: { units: kept.length, lowestMean, notPositive, leftOut },
    kept: Int32Array.from(kept),
  };
}
