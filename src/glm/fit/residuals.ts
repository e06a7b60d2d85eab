import { DataError } from '../../core/errors.js';
import type { Block, Series } from '../../core/series.js';
import { type Fit, rhoOf } from './fit.js';

/** Data less fit; the fit; or data less fit after whitening, which is uncorrelated if the model holds. */
export type FittedKind = 'residual' | 'predicted' | 'whitened';

/** Q beta of one volume. */
function fittedRow(fit: Fit, volume: number, into: Float64Array): void {
  const { columns: p, q } = fit.basis;
  for (let u = 0; u < fit.units; u++) {
    let sum = 0;
    for (let j = 0; j < p; j++) sum += q[volume * p + j] * fit.beta[u * p + j];
    into[u] = sum;
  }
}

/** Takes each unit's own coefficients' part of the volumes before from a row, in place. */
function whiten(
  row: Float64Array, // [units]
  before: readonly Float64Array[], // [up to order][units], the latest first
  coefficients: Float64Array, // [units, order]
  order: number,
): void {
  for (const [lag, earlier] of before.entries()) {
    for (let u = 0; u < row.length; u++) row[u] -= coefficients[u * order + lag] * earlier[u];
  }
}

/**
 * What a fit leaves of its series, or makes of it, read from the series a second time and made block by
 * block, in the data's own units. Residuals of censored volumes are 0, as a scrub column's are. Units
 * that were masked are NaN.
 * Source: nilearn.glm.regression.RegressionResults (residuals, predicted, whitened_residuals).
 * @throws DataError `volumes` where the series is not the size of the fitted one.
 */
export function fittedSeries(fit: Fit, series: Series, kind: FittedKind): Series {
  const { units, basis, shift, censored, broken } = fit;
  if (series.units !== units || series.volumes !== basis.rows) {
    throw new DataError('volumes', {
      given: `a series of ${series.volumes} volumes and ${series.units} units`,
      expected: `the fitted series, of ${basis.rows} volumes and ${units} units`,
      todo: 'Take the series the model was fitted to.',
    });
  }
  const order = kind === 'whitened' ? fit.autoregression.order : 0;
  const coefficients = rhoOf(fit);
  const masked = broken.masked ? [...broken.constant, ...broken.notFinite] : [];

  function volumeOf({ first, values }: Block, v: number): Float64Array {
    const row = new Float64Array(units);
    if (kind !== 'predicted' && censored[first + v]) return row;
    fittedRow(fit, first + v, row);
    for (let u = 0; u < units; u++) {
      row[u] = kind === 'predicted' ? row[u] + shift[u] : values[v * units + u] - shift[u] - row[u];
    }
    return row; // [units]
  }

  async function* blocks() {
    let before: Float64Array[] = [];
    for await (const block of series.blocks()) {
      const made = new Float64Array(block.volumes * units); // [volumes, units]
      for (let v = 0; v < block.volumes; v++) {
        const row = volumeOf(block, v);
        const out = made.subarray(v * units, (v + 1) * units);
        out.set(row);
        whiten(out, before, coefficients, order);
        before = [row, ...before].slice(0, order);
        for (const u of masked) out[u] = Number.NaN;
      }
      yield { first: block.first, volumes: block.volumes, values: made };
    }
  }
  return { volumes: series.volumes, units, blocks };
}
