import type { Row } from '../core/series.js';
import type { Instruction } from './wasm/module.js';
import { makeRowKernel, type RunRows } from './wasm/row-kernel.js';

/** Sums over volumes t of d, values less a constant, and what the next volume's products need. */
export interface RunningMoments {
  readonly shift: Float64Array; // [units]
  readonly sums: Float64Array; // [units]
  readonly squares: Float64Array; // [units]
  /** Sum of d_t d_(t-l), by lag l from 1. */
  readonly lagged: readonly Float64Array[]; // [lags][units]
  /** d of the last volume, of the one before it, ...; 0 before the first. */
  readonly last: readonly Float64Array[]; // [lags][units]
}

const lagName = (lag: number) => `lagged ${lag}`;
const lastName = (lag: number) => `last ${lag}`;

/** The kernel that does what addOne does, by number of lags. */
const kernels = new Map<number, RunRows<string>>();

function kernelOf(lags: number): RunRows<string> {
  const all = Array.from({ length: lags }, (_, i) => i + 1);
  const get = (name: string): Instruction => ['local.get', name];
  const set = (name: string): Instruction => ['local.set', name];
  const addProduct = (sum: string, ...[a, b]: [string, string]): Instruction[] => [
    ...[get(sum), get(a), get(b)],
    ...[['f64x2.mul'] as const, ['f64x2.add'] as const],
    set(sum),
  ];
  const moving = [...all.map((lag) => lagName(lag)), ...all.map((lag) => lastName(lag))];
  const written = ['sums', 'squares', ...moving];
  return makeRowKernel({
    arrays: ['shift', ...written],
    written,
    body: [
      ...[get('value'), get('shift'), ['f64x2.sub'] as const, set('value')],
      ...[get('sums'), get('value'), ['f64x2.add'] as const, set('sums')],
      ...addProduct('squares', 'value', 'value'),
      ...all.flatMap((lag) => addProduct(lagName(lag), 'value', lastName(lag))),
      ...all
        .toReversed()
        .flatMap((lag) => [get(lag > 1 ? lastName(lag - 1) : 'value'), set(lastName(lag))]),
    ],
  });
}

/**
 * Adds rows, less the shift, their squares and their products with the rows before to sums in place, one
 * row after the other: rows of float32 in a third of the time, to the same bit. Where the sums are `fresh`,
 * they and the last volumes begin with zeros.
 */
export function addMoments(
  into: RunningMoments,
  rows: readonly Row[], // [rows][units]
  fresh = false,
): void {
  if (!rows.every((row) => row instanceof Float32Array)) {
    if (fresh) for (const own of written(into)) own.fill(0);
    for (const row of rows) addOne(into, row);
    return;
  }
  const { shift, sums, squares, lagged, last } = into;
  const lags = lagged.length;
  const own = kernels.get(lags) ?? kernelOf(lags);
  kernels.set(lags, own);
  const named = (name: (lag: number) => string, arrays: readonly Float64Array[]) =>
    Object.fromEntries(arrays.map((array, i) => [name(i + 1), array]));
  own({ shift, sums, squares, ...named(lagName, lagged), ...named(lastName, last) }, rows, fresh);
}

const written = ({ sums, squares, lagged, last }: RunningMoments) => [
  ...[sums, squares],
  ...lagged,
  ...last,
];

function addOne({ shift, sums, squares, lagged, last }: RunningMoments, row: Row): void {
  const lags = lagged.length;
  for (let u = 0; u < sums.length; u++) {
    const d = row[u] - shift[u];
    sums[u] += d;
    squares[u] += d * d;
    for (let l = 0; l < lags; l++) lagged[l][u] += d * last[l][u];
    for (let l = lags - 1; l > 0; l--) last[l][u] = last[l - 1][u];
    if (lags > 0) last[0][u] = d;
  }
}
