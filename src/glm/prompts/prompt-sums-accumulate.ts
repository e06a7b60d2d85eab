import { DataError } from '../../core/errors.js';
import type { Arrivals, Series } from '../../core/series.js';
import { makeProduct, type Product } from '../../onnx/kernel.js';
import type { DesignInPrompts } from './prompt-sums.js';
import type { PromptGroups } from './prompts.js';
import { areReplicates, sumMeans, sumReplicates } from './replicates.js';

/** Volumes gathered before each product with the design: results do not depend on the series' blocks. */
const CHUNK = 32;

/** Units taken together, so that a product's operands stay in the processor's cache. */
const TILE = 4096;

/** Sums over the volumes in prompts of a series' data d, less the shift. */
export interface AccumulatedSums {
  /** First value of each unit where the design spans a constant, which takes it up; else 0. */
  readonly shift: Float64Array; // [units]
  /** Sum of q_t d_t. */
  readonly columnSums: Float64Array; // [columns, units]
  /** For each weighting w, the sum of w_t d_t over each prompt. */
  readonly weighted: readonly ScaledSums[]; // [weightings]
  /** Sum of d_t squared, or of what the prompts' means make of it. */
  readonly squares: Float64Array; // [units]
}

/** Sums over each prompt, times a scale of the prompt's own; weightings may share the sums. */
export interface ScaledSums {
  readonly sums: Float64Array; // [prompts, units]
  readonly scales: Float64Array; // [prompts]
}

/** A stretch of units while its sums with the design grow. */
interface Tile {
  readonly firstUnit: number;
  readonly units: number;
  readonly chunk: Float64Array; // [CHUNK, units]
  sums: Float64Array; // [columns, units]
  spare: Float64Array; // [columns, units]
}

function makeTiles(units: number, columns: number): Tile[] {
  return Array.from({ length: Math.ceil(units / TILE) }, (_, i) => {
    const size = Math.min(TILE, units - i * TILE);
    const sums = () => new Float64Array(columns * size);
    const chunk = new Float64Array(CHUNK * size);
    return { firstUnit: i * TILE, units: size, chunk, sums: sums(), spare: sums() };
  });
}

/** Puts a volume into a tile's chunk, and adds it to the sums that no product is needed for. */
function gather(options: {
  readonly tile: Tile;
  readonly row: number;
  readonly values: Float32Array | Float64Array; // [volumes, units]
  readonly from: number;
  readonly shift: Float64Array; // [units]
  readonly squares: Float64Array; // [units]
}): void {
  const { tile, row, values, from, shift, squares } = options;
  const { firstUnit, units, chunk } = tile;
  for (let u = 0; u < units; u++) {
    const d = values[from + firstUnit + u] - shift[firstUnit + u];
    chunk[row * units + u] = d;
    squares[firstUnit + u] += d * d;
  }
}

/** Adds a tile's gathered volumes to a weighting's sums; four of a prompt at once, which is faster. */
function addWeighted(options: {
  readonly tile: Tile;
  readonly weights: Float64Array; // [count]
  readonly promptOf: readonly number[]; // [count]
  readonly into: Float64Array; // [prompts, all units]
  readonly stride: number;
}): void {
  const { tile, weights, promptOf, into, stride } = options;
  const { firstUnit, units, chunk } = tile;
  for (let row = 0; row < promptOf.length; ) {
    const prompt = promptOf[row];
    const to = prompt * stride + firstUnit;
    const sums = into.subarray(to, to + units);
    const rows = chunk.subarray(row * units);
    const areFour = [1, 2, 3].every((next) => promptOf[row + next] === prompt);
    if (areFour) addFour(sums, rows, weights.subarray(row, row + 4));
    else addOne(sums, rows, weights[row]);
    row += areFour ? 4 : 1;
  }
}

function addFour(sums: Float64Array, rows: Float64Array, [a, b, c, d]: Float64Array): void {
  const n = sums.length;
  for (let u = 0; u < n; u++)
    sums[u] = sums[u] + a * rows[u] + b * rows[n + u] + c * rows[2 * n + u] + d * rows[3 * n + u];
}

function addOne(sums: Float64Array, rows: Float64Array, weight: number): void {
  for (let u = 0; u < sums.length; u++) sums[u] += weight * rows[u];
}

/** Basis rows first..first+count-1, transposed: the product's left side. */
function columnsOf({ basis }: DesignInPrompts, first: number, count: number): Float64Array {
  const p = basis.columns;
  const columns = new Float64Array(p * count); // [columns, count]
  for (let j = 0; j < p; j++) {
    for (let row = 0; row < count; row++) columns[j * count + row] = basis.q[(first + row) * p + j];
  }
  return columns;
}

function requireFinite(sums: AccumulatedSums, groups: PromptGroups): void {
  const units = sums.squares.length;
  const unit = sums.squares.findIndex((value) => !Number.isFinite(value));
  if (unit < 0) return;
  const prompt = groups.prompts.findIndex(
    (_, g) => !Number.isFinite(sums.weighted[0].sums[g * units + unit]),
  );
  throw new DataError('not-finite', {
    given: `NaN, infinite or overflowing values in unit ${unit} (counted from 0), first in prompt '${groups.prompts[Math.max(0, prompt)]}'`,
    expected: 'finite values in every volume and unit',
    todo: 'Leave those units out of the mask, or record the run again.',
  });
}

/** The sums of each tile side by side. */
function joined(tiles: readonly Tile[], columns: number, units: number): Float64Array {
  const all = new Float64Array(columns * units); // [columns, units]
  for (const tile of tiles) {
    for (let j = 0; j < columns; j++) {
      const own = tile.sums.subarray(j * tile.units, (j + 1) * tile.units);
      all.set(own, j * units + tile.firstUnit);
    }
  }
  return all;
}

interface Accumulation {
  readonly series: Series;
  /** The series as it comes, where it is being made. */
  readonly arriving?: Arrivals | undefined;
  readonly groups: PromptGroups;
  readonly inside: DesignInPrompts;
  readonly weightings: readonly Float64Array[]; // [weightings][rows]
  /** Whether squares have to hold what differs within prompts, which takes longer. */
  readonly within: boolean;
}

/**
 * Reads a series once; by prompts, as its volumes come, where those of a prompt are replicates.
 * Memory: (columns + prompts) x units with replicates, (columns + weightings x prompts) x units else,
 * whatever the number of volumes.
 * @throws DataError `empty-mask`, `not-finite`.
 */
export async function accumulateByPrompt(options: Accumulation): Promise<AccumulatedSums> {
  const { series, groups, inside } = options;
  const { units } = series;
  if (units === 0) {
    throw new DataError('empty-mask', {
      given: 'a series of no units (an empty mask)',
      expected: 'at least one unit',
      todo: 'Check that the mask and the image lie on the same grid.',
    });
  }
  const promptOf = inside.volumeOf.map((volume) => groups.promptOf[volume]); // [rows]
  const sums = areReplicates(inside.design, promptOf)
    ? await sumPrompts(options, promptOf)
    : await sumVolumes(options);
  requireFinite(sums, groups);
  return sums;
}

/** With one weight a prompt, taken from its first row: the sums of all weightings are the prompts'. */
async function sumPrompts(
  { series, arriving, groups, inside, weightings, within }: Accumulation,
  promptOf: readonly number[], // [rows]
): Promise<AccumulatedSums> {
  const read = within ? sumReplicates : sumMeans;
  const shifted = inside.constant !== null;
  const { shift, sums, squares } = await read(arriving ?? series, groups, { shifted });
  const rowOf = groups.prompts.map((_, g) => promptOf.indexOf(g)); // [prompts]
  return {
    shift,
    squares,
    weighted: weightings.map((w) => ({ sums, scales: Float64Array.from(rowOf, (row) => w[row]) })),
    columnSums: await sumColumns(sums, { inside, rowOf, units: series.units }),
  };
}

/** Sum of q_t d_t, from the sums of prompts whose rows are all alike. */
async function sumColumns(
  sums: Float64Array, // [prompts, units]
  options: {
    readonly inside: DesignInPrompts;
    readonly rowOf: readonly number[];
    readonly units: number;
  },
): Promise<Float64Array> {
  const { inside, rowOf, units } = options;
  const { q, columns } = inside.basis;
  const prompts = rowOf.length;
  const weights = Float64Array.from({ length: columns * prompts }, (_, i) => {
    const [j, g] = [Math.floor(i / prompts), i % prompts];
    return q[rowOf[g] * columns + j];
  }); // [columns, prompts]
  const size = { rows: columns, volumes: prompts, units };
  const sum = new Float64Array(columns * units);
  const result = new Float64Array(columns * units);
  const product = await makeProduct();
  try {
    await product.add({ ...size, weights, block: sums, sum, result });
  } finally {
    await product.release();
  }
  return result;
}

/** With a weight of its own for every volume. */
async function sumVolumes(options: Accumulation): Promise<AccumulatedSums> {
  const { series, groups, inside, weightings } = options;
  const { units } = series;
  const { columns } = inside.basis;
  const tiles = makeTiles(units, columns);
  const shift = new Float64Array(units);
  const squares = new Float64Array(units);
  const prompts = groups.prompts.length;
  const weighted = weightings.map(() => ({
    sums: new Float64Array(prompts * units),
    scales: new Float64Array(prompts).fill(1),
  }));
  let done = 0;
  let gathered = 0;

  const flush = async (product: Product) => {
    const weights = columnsOf(inside, done, gathered);
    const volumeOf = inside.volumeOf.slice(done, done + gathered);
    const promptOf = volumeOf.map((volume) => groups.promptOf[volume]);
    for (const tile of tiles) {
      weightings.forEach((weighting, w) => {
        const own = weighting.subarray(done, done + gathered);
        addWeighted({ tile, weights: own, promptOf, into: weighted[w].sums, stride: units });
      });
      const block = tile.chunk.subarray(0, gathered * tile.units); // [gathered, units]
      const size = { rows: columns, volumes: gathered, units: tile.units };
      await product.add({ ...size, weights, block, sum: tile.sums, result: tile.spare });
      [tile.sums, tile.spare] = [tile.spare, tile.sums];
    }
    done += gathered;
    gathered = 0;
  };

  const product = await makeProduct();
  try {
    for await (const block of series.blocks()) {
      for (let v = 0; v < block.volumes; v++) {
        if (groups.promptOf[block.first + v] < 0) continue;
        const from = v * units;
        const isFirst = done + gathered === 0;
        if (isFirst && inside.constant) shift.set(block.values.subarray(from, from + units));
        for (const tile of tiles) {
          gather({ tile, row: gathered, values: block.values, from, shift, squares });
        }
        if (++gathered === CHUNK) await flush(product);
      }
    }
    if (gathered > 0) await flush(product);
  } finally {
    await product.release();
  }
  if (done !== inside.basis.rows) throw new Error(`${inside.basis.rows} volumes gave ${done}`);
  return { shift, squares, weighted, columnSums: joined(tiles, columns, units) };
}
