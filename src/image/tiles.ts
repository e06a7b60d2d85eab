/** Units of one module laid out in rows; the last row may be partial. */
export interface Tile {
  /** Units a row. */
  readonly width: number;
  readonly height: number;
}

/** How much longer or shorter than a square's side a row may be. */
const STRETCH = 4;

/**
 * Rows of one attention head each where heads divide the module and the rows do not pile up too
 * high; else rows of the divisor nearest the square; else a square with a partial last row.
 */
export function tileOf(units: number, headWidth: number | null): Tile {
  const side = Math.sqrt(units);
  if (headWidth && units % headWidth === 0 && headWidth * STRETCH >= side) {
    return { width: headWidth, height: units / headWidth };
  }
  const square = Math.ceil(side);
  for (let width = square; width <= Math.min(units, side * STRETCH); width++) {
    if (units % width === 0) return { width, height: units / width };
  }
  return { width: square, height: Math.ceil(units / square) };
}

/** Where tiles stand in a slice. */
export interface Packing {
  readonly corners: readonly (readonly [x: number, y: number])[];
  readonly width: number;
  readonly height: number;
}

/** Columns of tiles in their order, no higher than gives the slice the shortest longer side, then the least area. */
export function packTiles(tiles: readonly Tile[]): Packing {
  const tall = tiles.reduce((sum, tile) => sum + tile.height, 0);
  const side = ({ width, height }: Packing) => Math.max(width, height);
  const area = ({ width, height }: Packing) => width * height;
  let best = packColumns(tiles, tall);
  for (let limit = tall - 1; limit >= side(best) / 4; limit--) {
    const next = packColumns(tiles, limit);
    const closer = side(next) - side(best) || area(next) - area(best);
    if (closer < 0) best = next;
  }
  return best;
}

function packColumns(tiles: readonly Tile[], limit: number): Packing {
  let [x, y, across, height] = [0, 0, 0, 0];
  const corners = tiles.map((tile): [number, number] => {
    if (y > 0 && y + tile.height > limit) {
      x += across;
      [y, across] = [0, 0];
    }
    const corner: [number, number] = [x, y];
    y += tile.height;
    across = Math.max(across, tile.width);
    height = Math.max(height, y);
    return corner;
  });
  return { corners, width: x + across, height };
}
