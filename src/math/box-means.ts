/**
 * The mean of the items within a box around every cell of a tile (at its edges, of those that are
 * there), by running sums: the time does not grow with the box.
 * @param itemAt the item in each cell, row by row; the last row may be partial
 * @param radius cells on either side of the middle one, along x and y
 * @returns [cells, dims]
 */
export function boxMeans(
  tile: {
    readonly items: number;
    readonly dims: number;
    readonly width: number;
    readonly features: Float64Array; // [items, dims]
  },
  itemAt: Int32Array, // [cells]
  radius: { readonly x: number; readonly y: number },
): Float64Array {
  const { items, dims, width, features } = tile;
  const height = Math.ceil(items / width);
  const sums = new Float64Array(height * width * dims); // [cells, dims] over the box's row
  const counts = new Float64Array(height * width); // [cells] in the box's row
  for (let start = 0; start < items; start += width) {
    slide({ start, step: 1, cells: width, radius: radius.x }, dims, {
      source: (cell) =>
        cell < items
          ? { values: features, at: itemAt[cell] * dims, count: 1 }
          : { values: NOTHING, at: 0, count: 0 },
      store: (cell, sum, count) => {
        sums.set(sum, cell * dims);
        counts[cell] = count;
      },
    });
  }
  const means = new Float64Array(items * dims); // [cells, dims]
  for (let start = 0; start < width; start++) {
    slide({ start, step: width, cells: height, radius: radius.y }, dims, {
      source: (cell) => ({ values: sums, at: cell * dims, count: counts[cell] }),
      store: (cell, sum, count) => {
        if (cell >= items) return;
        for (let d = 0; d < dims; d++) means[cell * dims + d] = sum[d] / count;
      },
    });
  }
  return means;
}

const NOTHING = new Float64Array(0);

interface Line {
  readonly start: number;
  readonly step: number;
  readonly cells: number;
  readonly radius: number;
}

/** Sums over a window that slides along a line of cells. */
function slide(
  { start, step, cells, radius }: Line,
  dims: number,
  {
    source,
    store,
  }: {
    readonly source: (cell: number) => {
      readonly values: Float64Array;
      readonly at: number;
      readonly count: number;
    };
    readonly store: (cell: number, sum: Float64Array, count: number) => void;
  },
): void {
  const sum = new Float64Array(dims);
  let count = 0;
  const add = (place: number, sign: 1 | -1) => {
    const entering = source(start + place * step);
    if (entering.count === 0) return;
    for (let d = 0; d < dims; d++) sum[d] += sign * entering.values[entering.at + d];
    count += sign * entering.count;
  };
  for (let place = 0; place < Math.min(radius, cells); place++) add(place, 1);
  for (let place = 0; place < cells; place++) {
    if (place + radius < cells) add(place + radius, 1);
    if (place - radius > 0) add(place - radius - 1, -1);
    store(start + place * step, sum, count);
  }
}
