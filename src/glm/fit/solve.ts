import type { BasisMoments } from './basis-moments.js';
import { factorise, inverseOf, solveLower, solveUpper } from './cholesky.js';
import type { MomentTile } from './moment-tile.js';
import type { Moments } from './moments.js';
import { makeWhitening, type Whitening } from './whitening.js';

/** Part of a sum of squares that rounding alone can leave: below it a fit counts as exact. */
export const ROUNDING = 2 ** -48;

/** The whitened least-squares solution of every unit. */
export interface Solution {
  /** Effects in the orthonormal basis, of the data less the shift. */
  readonly beta: Float64Array; // [units, columns]
  /** Residual variance after whitening. */
  readonly sigma2: Float64Array; // [units]
  /** Variance of the fitted over that of the whitened data, as nilearn's. */
  readonly rSquare: Float64Array; // [units]
}

/** The coefficients by which each unit's data are whitened. */
export interface Autoregression {
  readonly order: number;
  readonly coefficients: Float64Array; // [units, order]
  /** Order 1 in hundredths: units share at most 201 models. Otherwise each unit has its own. */
  readonly bins: Int8Array | null; // [units]
}

/** Of one unit's whitened data y: X'y, y'y and the sum of y. */
interface Right {
  readonly xy: Float64Array; // [columns]
  yy: number;
  total: number;
}

/** What units of the same coefficients share. */
interface Model {
  readonly whitening: Whitening;
  /** The inverse of X'W'WX; where units have models of their own, its Cholesky factor. */
  readonly cross: Float64Array; // [columns, columns]
}

/** The model of each unit: one a bin, kept, or one that is set anew for every unit. */
function modelsOf(
  basis: BasisMoments,
  { order, coefficients, bins }: Autoregression,
): (unit: number) => Model {
  const p = basis.columns;
  const made = new Map<number, Model>(); // by bin
  const make = () => ({
    whitening: makeWhitening(basis, order),
    cross: new Float64Array(p * p),
  });
  const set = ({ whitening, cross }: Model, unit: number) => {
    whitening.set(coefficients, unit * order);
    whitening.cross(cross);
    factorise(cross, p);
  };
  const own = make();
  if (order === 0) return () => own;
  return (unit) => {
    if (!bins) {
      set(own, unit);
      return own;
    }
    let model = made.get(bins[unit]);
    if (!model) {
      model = make();
      set(model, unit);
      model.cross.set(inverseOf(model.cross, p));
      made.set(bins[unit], model);
    }
    return model;
  };
}

/** Fills in a unit's right side; the formulas are whitening.ts's. */
function setRight(
  right: Right,
  whitening: Whitening,
  moments: Moments,
  place: { readonly tile: MomentTile; readonly u: number },
): void {
  const { units, lagged, last, squares, total } = moments;
  const { order, a, g, ends } = whitening;
  const { stride, sums, firstUnit } = place.tile;
  const { xy } = right;
  const p = xy.length;
  const unit = firstUnit + place.u;
  for (let j = 0; j < p; j++) xy[j] = g[0] * sums[j * stride + place.u];
  right.yy = g[0] * squares[unit];
  right.total = whitening.gain * total[unit];
  for (let lag = 1; lag <= order; lag++) {
    const weight = g[lag];
    const at = lag * p * stride + place.u;
    let end = 0;
    for (let i = lag; i <= order; i++) end += a[i] * last[(i - lag) * units + unit];
    const endOf = (lag - 1) * p;
    for (let j = 0; j < p; j++) xy[j] += weight * sums[at + j * stride] - ends[endOf + j] * end;
    right.yy += 2 * weight * lagged[(lag - 1) * units + unit] - end * end;
    right.total -= end;
  }
}

/** What the shift s, a constant before whitening, adds to whitened data y. */
function ofShift(
  whitening: Whitening,
  first: Float64Array, // [lags, units]
  unit: { readonly index: number; readonly units: number; readonly shift: number },
) {
  const { order, a, gain } = whitening;
  const s = unit.shift;
  let [size, sum, product, reached] = [0, 0, 0, 0];
  for (let t = 0; t < order; t++) {
    reached += a[t];
    const excess = s * (reached - gain);
    let y = 0;
    for (let i = 0; i <= t; i++) y += a[i] * first[(t - i) * unit.units + unit.index];
    size += excess * excess;
    sum += excess;
    product += excess * y;
  }
  return { level: s * gain, size, sum, product };
}

function multiply(
  matrix: Float64Array, // [size, size]
  vector: Float64Array, // [size]
  into: Float64Array, // [size]
): void {
  const size = vector.length;
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j < size; j++) sum += matrix[i * size + j] * vector[j];
    into[i] = sum;
  }
}

/**
 * Least squares after whitening: beta = (X'W'WX)^-1 X'W'Wy, sigma2 = SSE / (n - columns).
 * Source: nilearn.glm.regression (OLSModel, ARModel), with its sums multiplied out (whitening.ts). SSE
 * below rounding is taken as the rounding, so that t stays finite.
 * @param options.rows the volumes that count.
 */
export function solveUnits(options: {
  readonly moments: Moments;
  readonly basis: BasisMoments;
  readonly autoregression: Autoregression;
  readonly rows: number;
}): Solution {
  const { moments, basis, rows: n } = options;
  const { order, bins } = options.autoregression;
  const { units } = moments;
  const p = basis.columns;
  const modelOf = modelsOf(basis, options.autoregression);
  const beta = new Float64Array(units * p); // [units, columns]
  const sigma2 = new Float64Array(units);
  const rSquare = new Float64Array(units);
  const right: Right = { xy: new Float64Array(p), yy: 0, total: 0 };
  const { xy } = right;
  const b = new Float64Array(p);

  for (const tile of moments.tiles) {
    for (let u = 0; u < tile.units; u++) {
      const unit = tile.firstUnit + u;
      const { whitening, cross } = modelOf(unit);
      setRight(right, whitening, moments, { tile, u });
      b.set(xy);
      if (bins) multiply(cross, xy, b);
      else if (order > 0) {
        solveLower(cross, p, b);
        solveUpper(cross, p, b);
      }
      const { yy, total } = right;
      let explained = 0;
      let residualTotal = total;
      for (let i = 0; i < p; i++) {
        beta[unit * p + i] = b[i];
        explained += b[i] * xy[i];
        residualTotal -= b[i] * whitening.total[i];
      }
      const sse = Math.max(yy - explained, ROUNDING * yy);
      sigma2[unit] = sse / (n - p);

      // r^2 is of the data as they came, so with the shift.
      const shift = { index: unit, units, shift: moments.shift[unit] };
      const added = ofShift(whitening, moments.first, shift);
      const meanY = (total + added.sum) / n + added.level;
      const meanR = residualTotal / n;
      const inner = (yy + 2 * added.product + added.size) / n;
      const varianceY = inner - ((total + added.sum) / n) ** 2;
      const varianceFit = varianceY - sse / n + meanR * (2 * meanY - meanR);
      rSquare[unit] = varianceY > 0 ? varianceFit / varianceY : 0;
    }
  }
  return { beta, sigma2, rSquare };
}
