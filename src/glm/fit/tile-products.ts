import { makeProduct } from '../../onnx/kernel.js';

/** Sums of rows times their weights, tile by tile. */
export interface TileProducts {
  readonly sums: readonly Float64Array[]; // [tiles][columns, stride]
  /** Adds a tile's next rows, one product after another. */
  add(
    tile: number,
    rows: {
      readonly count: number;
      readonly weights: Float64Array; // [columns, count]
      readonly block: Float64Array; // [count, stride]
    },
  ): Promise<void>;
  release(): Promise<void>;
}

/** Starts with sums of zeros. */
export async function startTileProducts(size: {
  readonly tiles: number;
  readonly columns: number;
  readonly stride: number;
}): Promise<TileProducts> {
  const { tiles, columns, stride } = size;
  const zeros = () => new Float64Array(columns * stride);
  const sums = Array.from({ length: tiles }, zeros);
  let spare = zeros();
  const product = await makeProduct();
  return {
    sums,
    async add(tile, { count, weights, block }) {
      const sum = sums[tile];
      const shape = { rows: columns, volumes: count, units: stride };
      await product.add({ ...shape, weights, block, sum, result: spare });
      [sums[tile], spare] = [spare, sum];
    },
    release: () => product.release(),
  };
}
