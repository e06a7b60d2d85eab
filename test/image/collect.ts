import type { Series } from '../../src/core/series.js';

/** A whole series in memory; checks that its blocks are in order and without gaps. */
export async function collect(series: Series): Promise<Float64Array> {
  const values = new Float64Array(series.volumes * series.units); // [volumes, units]
  let next = 0;
  for await (const block of series.blocks()) {
    if (block.first !== next) throw new Error(`block begins at ${block.first}, not ${next}`);
    values.set(block.values.subarray(0, block.volumes * series.units), next * series.units);
    next += block.volumes;
  }
  if (next !== series.volumes) throw new Error(`${next} of ${series.volumes} volumes`);
  return values;
}
