import type { Contrast, DesignMatrix } from '../../core/design.js';
import { DesignError } from '../../core/errors.js';
import type { Series } from '../../core/series.js';
import { makeProduct, type Product } from '../../onnx/kernel.js';
import { ROUNDING } from '../fit/solve.js';
import { type DataTile, holdResiduals } from './permutation-data.js';
import { type TestedModel, testedModel } from './permutation-model.js';
import {
  type Exchangeability,
  makeRearrangements,
  type Rearrangements,
  type Scheme,
} from './permutation-rearrangements.js';

/** Rearrangements in one product. */
const BATCH = 64;

/** Partial r^2 that differ by less are ties: rounding must not tell equal statistics apart. */
const TIE = 1e-12;

/** A two-sided permutation test of one contrast over all units. */
export interface PermutationMaps {
  readonly contrast: string;
  readonly dof: number;
  /** Rearrangements beside the data as they are. */
  readonly permutations: number;
  /** All rearrangements there are were taken. */
  readonly exact: boolean;
  readonly t: Float64Array; // [units]
  /** Each unit's own p, uncorrected. */
  readonly p: Float64Array; // [units]
  /** p corrected over all units (family-wise error). */
  readonly pFwe: Float64Array; // [units]
  /** Largest |t| over units in each rearrangement. */
  readonly maxima: Float64Array; // [permutations]
}

/** Sums over the rearrangements done. */
interface Counts {
  /** Rearrangements in which the unit's own r^2 was at least the observed. */
  readonly reached: Float64Array; // [units]
  /** Largest r^2 over units. */
  readonly maxima: Float64Array; // [permutations]
}

/** The vectors whose products with rearranged data a t needs: the tested one, then nuisances. */
function projections(model: TestedModel, scheme: Scheme): Float64Array[] {
  const kept = scheme === 'shuffles' && model.constantFirst ? 1 : 0; // residuals sum to 0, in any order
  return [model.tested, ...model.nuisance.slice(kept)]; // [projections][rows]
}

/** The left side of a batch's product: vectors rearranged instead of data. */
function fillWeights(
  weights: Float64Array, // [projections, count, rows]
  count: number,
  vectors: readonly Float64Array[], // [projections][rows]
  rearrangements: Rearrangements,
  scratch: { readonly source: Int32Array; readonly sign: Float64Array }, // [rows] each
): void {
  const { source, sign } = scratch;
  const rows = source.length;
  for (let k = 0; k < count; k++) {
    rearrangements.next(source, sign);
    for (let j = 0; j < vectors.length; j++) {
      const from = (j * count + k) * rows;
      for (let i = 0; i < rows; i++) weights[from + source[i]] = vectors[j][i] * sign[i];
    }
  }
}

/** Partial r^2 = b^2 / (1 - sum of c^2), and what it counts for. */
function countBatch(options: {
  readonly products: Float64Array; // [projections, count, units]
  readonly projections: number;
  readonly count: number;
  readonly first: number;
  readonly tile: DataTile;
  readonly observed: Float64Array; // [units]
  readonly counts: Counts;
}): void {
  const { products, projections: size, count, first, tile, observed, counts } = options;
  const { firstUnit, units } = tile;
  const { reached, maxima } = counts;
  for (let k = 0; k < count; k++) {
    let largest = maxima[first + k];
    for (let u = 0; u < units; u++) {
      const b = products[k * units + u];
      let square = b * b;
      if (size > 1) {
        let left = 1;
        for (let j = 1; j < size; j++) left -= products[(j * count + k) * units + u] ** 2;
        square = left > TIE ? square / left : 0;
      }
      if (square > largest) largest = square;
      if (square >= observed[firstUnit + u] - TIE) reached[firstUnit + u]++;
    }
    maxima[first + k] = largest;
  }
}

async function countAll(options: {
  readonly product: Product;
  readonly tiles: readonly DataTile[];
  readonly vectors: readonly Float64Array[]; // [projections][rows]
  readonly rearrangements: Rearrangements;
  readonly observed: Float64Array; // [units]
}): Promise<Counts> {
  const { product, tiles, vectors, rearrangements, observed } = options;
  const rows = vectors[0].length;
  const height = vectors.length * Math.min(BATCH, rearrangements.count);
  const zeros = new Float64Array(height * tiles[0].units);
  const products = new Float64Array(height * tiles[0].units);
  const weights = new Float64Array(height * rows);
  const scratch = { source: new Int32Array(rows), sign: new Float64Array(rows) };
  const reached = new Float64Array(observed.length);
  const maxima = new Float64Array(rearrangements.count);
  for (let first = 0; first < rearrangements.count; first += BATCH) {
    const count = Math.min(BATCH, rearrangements.count - first);
    fillWeights(weights, count, vectors, rearrangements, scratch);
    const lines = vectors.length * count;
    for (const tile of tiles) {
      const cells = lines * tile.units;
      await product.add({
        rows: lines,
        volumes: rows,
        units: tile.units,
        weights: weights.subarray(0, lines * rows),
        block: tile.residuals,
        sum: zeros.subarray(0, cells),
        result: products.subarray(0, cells),
      });
      const size = vectors.length;
      const counts = { reached, maxima };
      countBatch({ products, projections: size, count, first, tile, observed, counts });
    }
  }
  return { reached, maxima };
}

/** Each unit's correlation with the tested regressor, the nuisance regressed out of both. */
function partialCorrelations(tiles: readonly DataTile[], { tested }: TestedModel): Float64Array {
  const r = new Float64Array(tiles.reduce((sum, { units }) => sum + units, 0)); // [units]
  for (const { firstUnit, units, residuals } of tiles) {
    tested.forEach((x, row) => {
      for (let u = 0; u < units; u++) r[firstUnit + u] += x * residuals[row * units + u];
    });
  }
  return r;
}

/** |t| of a partial r^2; finite also where nothing is left unexplained (as in solve.ts). */
const tOfSquare = (square: number, dof: number) =>
  Math.sqrt((dof * square) / Math.max(1 - square, ROUNDING));

/** Values of a rising array that are not below a bound. */
function countFrom(rising: Float64Array, bound: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rising[middle] < bound) low = middle + 1;
    else high = middle;
  }
  return rising.length - low;
}

/**
 * Tests a contrast by rearranging the data: sign flips or shuffles of the residuals of the nuisance,
 * to which the whole model is fitted again (Freedman and Lane 1983). Two-sided by |t|;
 * p = (1 + #{|t*| >= |t|}) / (1 + permutations), pFwe with each rearrangement's largest |t*| over units
 * (Westfall and Young 1993; Nichols and Holmes 2002; Winkler et al. 2014). p is exact where the nuisance is
 * empty or the same after every rearrangement (a shuffled constant), else asymptotically so. A unit that
 * the nuisance explains entirely has t 0 and p 1. The same seed gives the same result.
 *
 * Rows are the units of exchange: subjects, or prompts (promptMeans and promptDesign), never the tokens of
 * a prompt. Where whole blocks share a stimulus, exchange those. The data are held: 8 x rows x units bytes.
 * @throws DesignError `permutations`, `exchangeability`, and as testedModel.
 * @throws DataError `volumes`, `not-finite`.
 */
export async function permutationTest(options: {
  readonly series: Series;
  readonly design: DesignMatrix;
  readonly contrast: Contrast;
  readonly scheme: Scheme;
  readonly exchangeability?: Exchangeability;
  /** At most; all are taken, each once, where there are no more. */
  readonly permutations?: number;
  readonly seed?: number;
}): Promise<PermutationMaps> {
  const { series, design, contrast, scheme, permutations = 10_000, seed = 0 } = options;
  if (!Number.isSafeInteger(permutations) || permutations < 1) {
    throw new DesignError('permutations', {
      given: `${permutations} permutations`,
      expected: 'a whole number, 1 or more',
      todo: 'Take some thousands: p is never below 1 / (1 + permutations).',
    });
  }
  const model = testedModel(design, contrast);
  const { tested, dof } = model;
  const { exchangeability = { kind: 'rows' } } = options;
  const plan = { tested, scheme, exchangeability, permutations, seed };
  const rearrangements = makeRearrangements(plan);
  const tiles = await holdResiduals(series, model);
  const r = partialCorrelations(tiles, model);
  const observed = r.map((value) => Math.min(value * value, 1)); // [units]
  const vectors = projections(model, scheme);
  const product = await makeProduct();
  const { reached, maxima } = await countAll({
    product,
    tiles,
    vectors,
    rearrangements,
    observed,
  }).finally(() => product.release());
  const rising = maxima.slice().sort();
  const all = 1 + rearrangements.count;
  return {
    contrast: contrast.name,
    dof,
    permutations: rearrangements.count,
    exact: rearrangements.exact,
    t: r.map((value, u) => Math.sign(value) * tOfSquare(observed[u], dof)),
    p: reached.map((times) => (1 + times) / all),
    pFwe: observed.map((square) => (1 + countFrom(rising, square - TIE)) / all),
    maxima: maxima.map((square) => tOfSquare(square, dof)),
  };
}
