import { boxMeans } from './box-means.js';
import { makeRandom, type Random } from './random.js';

/** Items to be placed in the cells of a tile, whose last row may be partial. */
export interface TileItems {
  readonly items: number;
  readonly dims: number;
  readonly features: Float64Array; // [items, dims]
  /** Cells a row. */
  readonly width: number;
  /** The block of each cell: an item never leaves the block it starts in. One block by default. */
  readonly blocks?: Int32Array | undefined; // [items]
}

/** Share of the filter's radius that is kept from round to round. */
const DECAY = 0.95;
/** Exchanges tried for each cell in a round. */
const TRIES = 8;
/** Rounds at the end, in which the neighbours alone count. */
const LAST_ROUNDS = 10;
/** Cells an exchange reaches in those rounds, near and far in turn. */
const [NEAR, FAR] = [2, 4];

/**
 * Places items so that neighbours are alike: the mean dot product of items in cells that share an edge
 * becomes large. Each round smooths the tile, by a radius that shrinks from half the tile to one cell,
 * and exchanges two items where both together then agree more with what surrounds their cells; the
 * last rounds exchange where the sum over neighbours itself grows. The same features give the same
 * places.
 * Source: linear assignment sorting, Barthel, Hezel, Jung and Schall 2023, Computer Graphics Forum
 * 42(1):261, with pairs as the sets that are assigned.
 * @returns the cell of each item, which starts in the cell of its own number
 */
export function sortIntoGrid(tile: TileItems): Int32Array {
  const { items, width } = tile;
  const height = Math.ceil(items / width);
  const itemAt = Int32Array.from({ length: items }, (_, cell) => cell); // [cells]
  const random = makeRandom(items);
  const half = Math.max(width, height) / 2;
  for (let radius = half; radius >= 1; radius *= DECAY) {
    const reach = Math.round(radius);
    const aims = boxMeans(tile, itemAt, {
      x: Math.min(reach, Math.floor(width / 2)),
      y: Math.min(reach, Math.floor(height / 2)),
    });
    exchange(tile, itemAt, { reach, random, gain: gainTowards(tile, itemAt, aims) });
  }
  const gain = gainOfNeighbours(tile, itemAt);
  for (let round = 0; round < LAST_ROUNDS; round++) {
    const reach = round % 2 ? NEAR : Math.max(FAR, Math.round(half / 2));
    exchange(tile, itemAt, { reach, random, gain });
  }
  const cellOf = new Int32Array(items);
  for (let cell = 0; cell < items; cell++) cellOf[itemAt[cell]] = cell;
  return cellOf;
}

/** What an exchange of the items in two cells would add. */
type Gain = (cell: number, other: number) => number;

/** Rounding must not count as a gain, or exchanges would go round in circles. */
const TINY = 1e-12;

/** One round: every cell tries exchanges with cells of its block up to `reach` away along each axis. */
function exchange(
  { items, width, blocks }: TileItems,
  itemAt: Int32Array,
  { reach, random, gain }: { readonly reach: number; readonly random: Random; readonly gain: Gain },
): void {
  const side = 2 * reach + 1;
  for (let cell = 0; cell < items; cell++) {
    const x = cell % width;
    for (let tried = 0; tried < TRIES; tried++) {
      const column = x - reach + random.integer(side);
      const other = cell - x + column + (random.integer(side) - reach) * width;
      if (column < 0 || column >= width || other < 0 || other >= items || other === cell) continue;
      if (blocks && blocks[cell] !== blocks[other]) continue;
      if (gain(cell, other) <= TINY) continue;
      [itemAt[cell], itemAt[other]] = [itemAt[other], itemAt[cell]];
    }
  }
}

/** The gain in agreement with the aims of two cells. */
function gainTowards({ features, dims }: TileItems, itemAt: Int32Array, aims: Float64Array): Gain {
  return (cell, other) => {
    const [a, b] = [itemAt[cell] * dims, itemAt[other] * dims];
    const [here, there] = [cell * dims, other * dims];
    let sum = 0;
    for (let d = 0; d < dims; d++) {
      sum += (features[b + d] - features[a + d]) * (aims[here + d] - aims[there + d]);
    }
    return sum;
  };
}

/** The gain in the sum of dot products over all pairs of neighbours. */
function gainOfNeighbours({ items, width, features, dims }: TileItems, itemAt: Int32Array): Gain {
  /** (b - a) . (items around a cell), the other cell of the exchange left out. */
  const around = (cell: number, a: number, b: number, except: number) => {
    const x = cell % width;
    let sum = 0;
    const add = (neighbour: number) => {
      if (neighbour === except) return;
      const n = itemAt[neighbour] * dims;
      for (let d = 0; d < dims; d++) sum += (features[b + d] - features[a + d]) * features[n + d];
    };
    if (x > 0) add(cell - 1);
    if (x + 1 < width && cell + 1 < items) add(cell + 1);
    if (cell >= width) add(cell - width);
    if (cell + width < items) add(cell + width);
    return sum;
  };
  return (cell, other) => {
    const [a, b] = [itemAt[cell] * dims, itemAt[other] * dims];
    return around(cell, a, b, other) + around(other, b, a, cell);
  };
}
