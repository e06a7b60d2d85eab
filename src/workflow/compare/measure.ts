import type { Grid } from '../../core/grid.js';
import { applyThreshold } from '../../glm/contrast/threshold.js';
import { openNifti } from '../../image/open-nifti.js';
import { correlation } from '../../math/correlation.js';
import { isMissing, readAtUnits } from '../collect/screen.js';
import type { Rule } from '../networks/session.js';
import type { Pair } from './sides.js';

/** Two maps of one contrast, unit by unit and in numbers. */
export interface Measured {
  /** Units that both sides measured, as indices into the grid's. */
  readonly units: Int32Array; // [compared]
  readonly a: Float64Array; // [compared]
  readonly b: Float64Array; // [compared]
  /** 1 where the unit passes the threshold; null where a side has no z. */
  readonly passes: readonly [a: Uint8Array, b: Uint8Array] | null; // [compared]
  /** Units that one side alone measured. */
  readonly onlyIn: readonly [a: number, b: number];
  readonly correlation: number;
  /** Of the least-squares line that gives b from a, with an intercept. */
  readonly slope: number;
  readonly intercept: number;
  /** The largest |b - a|. */
  readonly difference: number;
}

/** The grid of an image's every voxel. */
export async function gridOf(path: string): Promise<Grid> {
  const { shape, affine } = await openNifti(path);
  const voxels = shape[0] * shape[1] * shape[2];
  return { shape, affine, voxelOfUnit: Int32Array.from({ length: voxels }, (_, v) => v) };
}

/**
 * Measures two maps against each other over the units that both measured: neither 0 nor NaN.
 * @throws FileError `file/map-grid` where they are not on the grid given
 */
export async function measure(pair: Pair, grid: Grid, rule: Rule): Promise<Measured> {
  const read = async (path: string) =>
    readAtUnits({ image: await openNifti(path), volume: 0 }, grid);
  const [wholeA, wholeB] = await Promise.all([read(pair.a), read(pair.b)]);
  const has = (map: Float64Array, u: number) => !isMissing(map[u]);
  const units = Int32Array.from([...wholeA.keys()].filter((u) => has(wholeA, u) && has(wholeB, u)));
  const at = (map: Float64Array) => Float64Array.from(units, (u) => map[u]);
  const onlyA = wholeA.filter((_, u) => has(wholeA, u) && !has(wholeB, u)).length;
  const onlyB = wholeB.filter((_, u) => has(wholeB, u) && !has(wholeA, u)).length;
  const [a, b] = [at(wholeA), at(wholeB)];
  const z = pair.z && (await Promise.all(pair.z.map(read))).map(at);
  const passing = (own: Float64Array) =>
    applyThreshold({ z: own, rule, twoSided: pair.stat !== 'F' }).active;
  return {
    ...{ units, a, b, onlyIn: [onlyA, onlyB] },
    passes: z && [passing(z[0]), passing(z[1])],
    ...{ correlation: correlation(a, b), ...line(a, b) },
    difference: a.reduce((largest, value, i) => Math.max(largest, Math.abs(b[i] - value)), 0),
  };
}

/** The least-squares line that gives b from a. */
function line(a: Float64Array, b: Float64Array) {
  const mean = (own: Float64Array) => own.reduce((sum, value) => sum + value / own.length, 0);
  const [meanA, meanB] = [mean(a), mean(b)];
  let [products, squares] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    products += (a[i] - meanA) * (b[i] - meanB);
    squares += (a[i] - meanA) ** 2;
  }
  const slope = products / squares;
  return { slope, intercept: meanB - slope * meanA };
}
