import { DataError } from '../../core/errors.js';
import type { Series } from '../../core/series.js';
import { ROUNDING } from '../fit/solve.js';
import type { TestedModel } from './permutation-model.js';

/** Units taken together in a product: operands of this size stay in the processor's cache. */
const TILE = 2048;

/** The held data of a stretch of units. */
export interface DataTile {
  readonly firstUnit: number;
  readonly units: number;
  /** Residuals of the nuisance, each unit's of length 1, or all 0 where the nuisance leaves nothing. */
  readonly residuals: Float64Array; // [rows, units]
}

function checkSize(series: Series, model: TestedModel): void {
  if (series.units > 0 && series.volumes === model.rows) return;
  throw new DataError('volumes', {
    given: `data of ${series.volumes} rows and ${series.units} units, and a design of ${model.rows} rows`,
    expected: 'at least one unit and as many rows as the design has',
    todo: 'Check that the design belongs to these data.',
  });
}

function requireFinite(values: Float64Array, tile: DataTile): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const unit = tile.firstUnit + (at % tile.units);
  throw new DataError('not-finite', {
    given: `a value of ${values[at]} in row ${Math.floor(at / tile.units)}, unit ${unit} (counted from 0)`,
    expected: 'finite values in every row and unit',
    todo: 'Leave those units out of the mask, or make the maps again.',
  });
}

/** Takes the first row from every row. */
function shiftByFirst({ units, residuals }: DataTile, rows: number): void {
  const first = residuals.slice(0, units); // [units]
  for (let row = 0; row < rows; row++) {
    for (let u = 0; u < units; u++) residuals[row * units + u] -= first[u];
  }
}

/** Each unit's sum of squares. */
function sumSquares({ units, residuals }: DataTile): Float64Array {
  const squares = new Float64Array(units);
  for (let from = 0; from < residuals.length; from += units) {
    for (let u = 0; u < units; u++) squares[u] += residuals[from + u] ** 2;
  }
  return squares; // [units]
}

/** Takes a unit vector's part out of every unit. */
function regressOut({ units, residuals }: DataTile, vector: Float64Array): void {
  const effect = new Float64Array(units);
  vector.forEach((v, row) => {
    for (let u = 0; u < units; u++) effect[u] += v * residuals[row * units + u];
  });
  vector.forEach((v, row) => {
    for (let u = 0; u < units; u++) residuals[row * units + u] -= v * effect[u];
  });
}

function normalise(tile: DataTile, before: Float64Array): void {
  const { units, residuals } = tile;
  const scale = sumSquares(tile).map((left, u) =>
    left > ROUNDING * before[u] ? 1 / Math.sqrt(left) : 0,
  ); // [units]
  for (let from = 0; from < residuals.length; from += units) {
    for (let u = 0; u < units; u++) residuals[from + u] *= scale[u];
  }
}

/**
 * Reads a series once and holds what its rearrangements need, 8 x rows x units bytes: 3 MB for 40
 * prompts x 10,000 units, 320 MB for 40 x 1,000,000.
 * @throws DataError `volumes`, `not-finite`.
 */
export async function holdResiduals(series: Series, model: TestedModel): Promise<DataTile[]> {
  checkSize(series, model);
  const { rows, nuisance, constantFirst } = model;
  const tiles = Array.from({ length: Math.ceil(series.units / TILE) }, (_, i): DataTile => {
    const units = Math.min(TILE, series.units - i * TILE);
    return { firstUnit: i * TILE, units, residuals: new Float64Array(rows * units) };
  });
  let done = 0;
  for await (const { first, volumes, values } of series.blocks()) {
    done += volumes;
    for (let v = 0; v < volumes; v++) {
      for (const { firstUnit, units, residuals } of tiles) {
        const from = v * series.units + firstUnit;
        residuals.set(values.subarray(from, from + units), (first + v) * units);
      }
    }
  }
  if (done !== rows) throw new Error(`a series of ${rows} volumes gave ${done}`);
  for (const tile of tiles) {
    requireFinite(tile.residuals, tile);
    if (constantFirst) shiftByFirst(tile, rows);
    const before = sumSquares(tile);
    for (const vector of nuisance) regressOut(tile, vector);
    normalise(tile, before);
  }
  return tiles;
}
