import { makeRandom } from '../math/random.js';
import { type StandardRun, standardVolumes } from './standardised.js';

/** A few numbers a unit, whose dot products between units are close to those of their whole series. */
export interface Sketch {
  readonly columns: number;
  readonly units: number;
  readonly values: Float32Array; // [columns, units]
}

/**
 * Sketches the standardised series of all units, in one pass and in memory that does not grow with
 * the volumes: each volume is added to one of the columns, with a random sign. Every `columns` volumes
 * all columns are met once; fewer volumes than columns are kept as they are.
 * Source: the count sketch, Charikar, Chen and Farach-Colton 2004, Theoretical Computer Science 312:3;
 * that it keeps dot products, Clarkson and Woodruff 2017, Journal of the ACM 63:54.
 */
export async function sketchSeries(
  runs: readonly StandardRun[],
  { units, columns }: { readonly units: number; readonly columns: number },
): Promise<Sketch> {
  const random = makeRandom(columns);
  const values = new Float32Array(columns * units); // [columns, units]
  const all = Array.from({ length: columns }, (_, column) => column);
  let order: readonly number[] = [];
  let seen = 0;
  for await (const volume of standardVolumes(runs)) {
    if (seen % columns === 0) order = random.shuffle(all);
    const start = order[seen++ % columns] * units;
    const sign = random.integer(2) ? 1 : -1;
    for (let u = 0; u < units; u++) values[start + u] += sign * volume[u];
  }
  return { columns, units, values };
}

/**
 * Some consecutive units' rows of several sketches side by side, each of length 1 (or 0 for a unit that
 * never changes), so that dot products are correlations.
 * @returns [width, columns]
 */
export function sketchRows(
  sketches: readonly Sketch[],
  { firstUnit, width }: { readonly firstUnit: number; readonly width: number },
): { readonly columns: number; readonly rows: Float64Array } {
  const columns = sketches.reduce((sum, sketch) => sum + sketch.columns, 0);
  const rows = new Float64Array(width * columns); // [width, columns]
  let first = 0;
  for (const sketch of sketches) {
    for (let c = 0; c < sketch.columns; c++) {
      const start = c * sketch.units + firstUnit;
      for (let i = 0; i < width; i++) rows[i * columns + first + c] = sketch.values[start + i];
    }
    first += sketch.columns;
  }
  for (let i = 0; i < width; i++) {
    const row = rows.subarray(i * columns, (i + 1) * columns);
    const length = Math.hypot(...row);
    if (length > 0) for (let c = 0; c < columns; c++) row[c] /= length;
  }
  return { columns, rows };
}
