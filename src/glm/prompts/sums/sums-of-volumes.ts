import { makeProduct, type Product } from '../../../onnx/kernel.js';
import type { AccumulatedSums, Accumulation, Weighting } from './accumulated-sums.js';
import type { DesignInPrompts } from './design-in-prompts.js';

/** Volumes gathered before each product with the design: results do not depend on the series' blocks. */
const CHUNK = 32;

/** Units taken together, so that a product's operands stay in the processor's cache. */
const TILE = 4096;

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

/** What each row of the design weighs. */
function rowWeights({ constant, columns }: Weighting, { basis, promptOf }: DesignInPrompts) {
  const p = basis.columns;
  return Float64Array.from(promptOf, (prompt, row) => {
    let weight = constant;
    for (let j = 0; columns && j < p; j++) weight += columns[prompt * p + j] * basis.q[row * p + j];
    return weight;
  }); // [rows]
}

/** From volumes in their order, each with a weight of its own. */
export async function sumsOfVolumes(options: Accumulation): Promise<AccumulatedSums> {
  const { series, groups, inside } = options;
  const weightings = options.weightings.map((own) => rowWeights(own, inside)); // [weightings][rows]
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
    const promptOf = inside.promptOf.slice(done, done + gathered);
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
  const parts = weighted.map((own) => [own]);
  return { shift, squares, weighted: parts, columnSums: joined(tiles, columns, units) };
}
