import type { DesignMatrix } from '../../core/design.js';
import { DesignError } from '../../core/errors.js';
import type { Series } from '../../core/series.js';
import { type Basis, orthonormalBasis } from '../design/basis.js';
import { censorMask, emptiedRows, withScrubColumns } from '../design/censor.js';
import { ar1Bins, arCoefficients, BINS } from './autoregression.js';
import { type BasisMoments, basisMoments } from './basis-moments.js';
import type { BrokenPolicy, BrokenUnits } from './broken-units.js';
import { constantWeights } from './constant-weights.js';
import { accumulateMoments, type Moments } from './moments.js';
import { type Autoregression, ROUNDING, type Solution, solveUnits } from './solve.js';

/**
 * OLS, or AR(N) prewhitening, by nilearn's names. `ar1` has one coefficient a unit, in hundredths, as
 * nilearn's; `ar2`, `ar3`, ... have each unit's own coefficients as they are.
 */
export type Noise = 'ols' | `ar${number}`;

/** What sums a series, and the columns of the design, by number, that it needs last in the basis. */
export interface Accumulator {
  readonly accumulate: typeof accumulateMoments;
  readonly last: readonly number[];
}

const IN_ORDER: Accumulator = { accumulate: accumulateMoments, last: [] };

/** A fitted model, from which contrasts are taken (contrastMaps, fContrastMaps). */
export interface Fit extends Solution {
  readonly names: readonly string[];
  readonly units: number;
  /** Volumes that count less rank. */
  readonly dof: number;
  readonly noise: Noise;
  readonly autoregression: Autoregression;
  /** Of the columns `names`, and after them one a censored volume where the noise is AR. */
  readonly basis: Basis;
  readonly sums: BasisMoments;
  /** What was taken from each unit's data before the fit. */
  readonly shift: Float64Array; // [units]
  /** The weights of the design's columns that make up a constant 1; all 0 where none do. */
  readonly constant: Float64Array; // [columns]
  /** Mean over the volumes that count. */
  readonly mean: Float64Array; // [units]
  readonly broken: BrokenUnits;
  /** 1 for volumes that were left out. */
  readonly censored: Uint8Array; // [volumes]
}

/** Each unit's autoregressive coefficients as they were used; one 0 a unit after OLS. */
export function rhoOf({ autoregression, units }: Fit): Float64Array {
  if (autoregression.order === 0) return new Float64Array(units);
  return autoregression.coefficients.slice(); // [units, order]
}

/** Degrees of freedom of each unit: the fit's, and 0 where the unit was masked. */
export function dofsOf({ dof, units, broken }: Fit): Float64Array {
  const dofs = new Float64Array(units).fill(dof);
  if (broken.masked) for (const u of [...broken.constant, ...broken.notFinite]) dofs[u] = 0;
  return dofs; // [units]
}

/** Lags of a noise model. @throws DesignError `noise` unless the order is a whole number, 1 or more. */
export function orderOf(noise: Noise): number {
  if (noise === 'ols') return 0;
  const [, digits] = /^ar([1-9]\d*)$/.exec(noise) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new DesignError('noise', {
    given: `noise '${noise}'`,
    expected: "'ols', or 'ar' and a whole number from 1: 'ar1', 'ar3'",
    todo: 'Correct the noise model.',
  });
}

function checkRows(design: DesignMatrix, kept: number, order: number): void {
  const columns = design.names.length;
  const todo = 'Take fewer confounds or drifts, or more volumes or prompts.';
  if (kept <= columns) {
    throw new DesignError(kept < columns ? 'too-few-rows' : 'no-dof', {
      given: `a design of ${columns} columns over ${kept} rows`,
      expected: 'more rows than columns: nothing is left to estimate the noise from',
      todo,
    });
  }
  if (order < kept - columns) return;
  throw new DesignError('no-dof', {
    given: `AR(${order}) noise with ${kept - columns} degrees of freedom`,
    expected: 'fewer coefficients than degrees of freedom',
    todo,
  });
}

/** The coefficients a unit's noise is whitened by. */
function autoregressionOf(moments: Moments, sums: BasisMoments): Autoregression {
  const { lags: order, units, broken } = moments;
  const left = broken.masked ? broken.constant.length + broken.notFinite.length : 0;
  const options = { moments, basis: sums, smallest: ROUNDING, counted: units - left };
  if (order === 0) return { order, coefficients: new Float64Array(0), bins: null };
  if (order > 1) return { order, coefficients: arCoefficients(options), bins: null };
  const bins = ar1Bins(options);
  return { order, coefficients: Float64Array.from(bins, (bin) => bin / BINS), bins };
}

/**
 * Fits a design to every unit of a series, which is read once; dof = n - rank. Tokens of one prompt
 * share its level, so on recordings a claim about a domain needs prompts as rows (prompts.ts): over
 * tokens, OLS and AR(N) call far too many units active.
 *
 * `censored` volumes (numbers from 0; censoredBy reads them from confounds) are left out exactly as if
 * each had a column of its own (a scrub column): what they hold, NaN included, has no part in the fit,
 * and each costs a degree of freedom. Time goes on across the gap they leave. For AR noise this is the
 * likelihood of a series with missing values: volumes on either side of a gap of g volumes correlate as
 * volumes g + 1 apart; in the coefficients' estimate, as in nilearn's with such columns, residuals of
 * censored volumes are 0 and count in n. r squared is over the volumes left; with AR noise, over all,
 * the censored ones at their unit's first value that counts.
 *
 * A unit that never changes has task effects and variance 0, and so t 0, z 0, p 0.5; so has, with
 * `broken: 'mask'`, one with a value that is not finite, and neither then counts in AR coefficients.
 * @throws DesignError `noise`, `censored`, `rank-deficient`, `too-few-rows`, `no-dof`.
 * @throws DataError `empty-mask`, `volumes`, `not-finite`.
 */
export async function fitGlm(options: {
  readonly series: Series;
  readonly design: DesignMatrix;
  readonly noise: Noise;
  /** Volumes to leave out, counted from 0. */
  readonly censored?: readonly number[];
  /** Default refuse. */
  readonly broken?: BrokenPolicy;
  /** Where the sums come from, if not from the volumes in their order; not where any is censored. */
  readonly accumulator?: Accumulator;
}): Promise<Fit> {
  const { series, design, noise, broken = 'refuse', accumulator = IN_ORDER } = options;
  const { accumulate, last } = accumulator;
  const order = orderOf(noise);
  const censored = censorMask(options.censored ?? [], design.rows);
  const kept = design.rows - censored.reduce((sum, c) => sum + c, 0);
  checkRows(design, kept, order);
  const isWhole = kept === design.rows;
  const emptied = isWhole
    ? orthonormalBasis(design, { last })
    : orthonormalBasis(emptiedRows(design, censored));
  const scrubs = order > 0 && !isWhole;
  const basis = scrubs ? orthonormalBasis(withScrubColumns(design, censored)) : emptied;
  const rows = scrubs ? design.rows : kept;
  const constant = constantWeights(design, basis, rows);
  const shifted = constant !== null;
  const moments = await accumulate({
    ...{ series, basis, lags: order, shifted, censored, broken },
  });
  const sums = basisMoments(basis, order);
  const autoregression = autoregressionOf(moments, sums);
  return {
    ...solveUnits({ moments, basis: sums, autoregression, rows }),
    names: design.names,
    units: moments.units,
    dof: rows - basis.columns,
    noise,
    autoregression,
    basis,
    sums,
    shift: moments.shift,
    constant: constant ?? new Float64Array(basis.columns),
    mean: moments.total.map((total, u) => moments.shift[u] + total / kept),
    broken: moments.broken,
    censored,
  };
}
