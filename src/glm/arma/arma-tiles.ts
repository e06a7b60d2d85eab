import type { Series } from '../../core/series.js';

/** All volumes of a stretch of units. */
export interface SeriesTile {
  readonly firstUnit: number;
  readonly units: number;
  readonly values: Float32Array | Float64Array; // [volumes, units]
}

/**
 * A series in stretches of units, of at most `memory` bytes each: it is read once for each of them, and
 * values keep the series' own precision.
 */
export async function* unitTiles(series: Series, memory: number): AsyncGenerator<SeriesTile> {
  const { volumes, units } = series;
  let stride = Math.max(1, Math.min(units, Math.floor(memory / (volumes * 4))));
  for (let firstUnit = 0; firstUnit < units; ) {
    let values: Float32Array | Float64Array | null = null;
    let size = Math.min(stride, units - firstUnit);
    for await (const block of series.blocks()) {
      if (values === null) {
        const single = block.values instanceof Float32Array;
        if (!single) stride = Math.max(1, Math.floor(memory / (volumes * 8)));
        size = Math.min(stride, units - firstUnit);
        values = single ? new Float32Array(volumes * size) : new Float64Array(volumes * size);
      }
      for (let v = 0; v < block.volumes; v++) {
        const from = v * units + firstUnit;
        values.set(block.values.subarray(from, from + size), (block.first + v) * size);
      }
    }
    if (values === null) throw new Error('a series without volumes');
    yield { firstUnit, units: size, values };
    firstUnit += size;
  }
}
