import type { Grid } from '../core/grid.js';
import { type Module, unitCount } from '../core/module.js';
import { principalScores } from '../math/principal-scores.js';
import { makeRandom } from '../math/random.js';
import { sortIntoGrid } from '../math/sort-grid.js';
import { type Sketch, sketchRows } from './sketch.js';
import { type Tile, tileOf } from './tiles.js';

/** How units are placed inside their module's tile: in their order, or neighbours alike. */
export const LAYOUTS = ['depth', 'functional'] as const;
export type LayoutName = (typeof LAYOUTS)[number];

/** The modules of a recording and the width of their attention heads, which decide the tiles. */
export interface Tiling {
  readonly modules: readonly Module[];
  readonly headWidth: number | null;
}

/** Principal directions in which units are compared. */
const RANK = 32;

/** A grid in which every unit lies where another unit of its module lay: `cellOf[unit]` was its own. */
export function rearrange(grid: Grid, cellOf: Int32Array): Grid {
  return { ...grid, voxelOfUnit: cellOf.map((cell) => grid.voxelOfUnit[cell]) };
}

/**
 * Places units in their module's tile so that neighbours behave alike (math/sort-grid.ts). What enters
 * an attention's output projection (kind context) keeps its heads apart: each has a block of the tile,
 * and its units stay inside.
 * @returns the cell of each unit, a permutation within each module; the depth layout is the identity
 */
export function functionalLayout(
  { modules, headWidth }: Tiling,
  sketches: readonly Sketch[],
): Int32Array {
  const cellOf = new Int32Array(unitCount(modules)); // [units]
  for (const { firstUnit, width, kind } of modules) {
    const tile = tileOf(width, headWidth);
    const heads = kind === 'context' && tile.width === headWidth && width % headWidth === 0;
    const { cells, blocks } = heads ? headBlocks(tile) : { cells: null, blocks: undefined };
    const startOf = (i: number) => (cells ? cells[i] : i);
    const { columns, rows } = sketchRows(sketches, { firstUnit, width });
    const { dims, scores } = principalScores(rows, { rows: width, columns, rank: RANK });
    const features = new Float64Array(scores.length); // [cells, dims]
    for (let i = 0; i < width; i++) {
      features.set(scores.subarray(i * dims, (i + 1) * dims), startOf(i) * dims);
    }
    const sorted = sortIntoGrid({
      items: width,
      dims,
      features,
      width: tile.width,
      blocks,
    });
    for (let i = 0; i < width; i++) cellOf[firstUnit + i] = firstUnit + sorted[startOf(i)];
  }
  return cellOf;
}

/** Units of each module in random order: what neighbours are by chance. */
export function randomLayout(modules: readonly Module[]): Int32Array {
  const random = makeRandom(0);
  const cellOf = new Int32Array(unitCount(modules)); // [units]
  for (const { firstUnit, width } of modules) {
    const own = Array.from({ length: width }, (_, i) => firstUnit + i);
    cellOf.set(random.shuffle(own), firstUnit);
  }
  return cellOf;
}

/** Pairs of units of one module whose cells share an edge. */
export function neighbourPairs({ modules, headWidth }: Tiling, cellOf: Int32Array): Int32Array {
  const unitAt = new Int32Array(cellOf.length); // [cells]
  for (let unit = 0; unit < cellOf.length; unit++) unitAt[cellOf[unit]] = unit;
  const pairs: number[] = [];
  for (const { firstUnit, width: units } of modules) {
    const { width } = tileOf(units, headWidth);
    for (let i = 0; i < units; i++) {
      const unit = unitAt[firstUnit + i];
      if ((i + 1) % width !== 0 && i + 1 < units) pairs.push(unit, unitAt[firstUnit + i + 1]);
      if (i + width < units) pairs.push(unit, unitAt[firstUnit + i + width]);
    }
  }
  return Int32Array.from(pairs); // [pairs, 2]
}

/**
 * A tile whose rows are heads, cut into one block a head, as near the square as divides both; heads
 * and their units follow row by row.
 */
function headBlocks({ width: headWidth, height: heads }: Tile) {
  let tall = 1;
  for (let rows = 2; rows * rows <= headWidth; rows++) {
    if (headWidth % rows === 0 && heads % rows === 0) tall = rows;
  }
  const wide = headWidth / tall;
  const cells = new Int32Array(headWidth * heads); // [units]
  const blocks = new Int32Array(headWidth * heads); // [cells]
  for (let i = 0; i < cells.length; i++) {
    const [head, own] = [Math.floor(i / headWidth), i % headWidth];
    const x = (head % tall) * wide + (own % wide);
    const y = Math.floor(head / tall) * tall + Math.floor(own / wide);
    cells[i] = y * headWidth + x;
    blocks[cells[i]] = head;
  }
  return { cells, blocks };
}
