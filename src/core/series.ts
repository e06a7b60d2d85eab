/** Consecutive volumes of a series, time-major: row r is volume `first + r`. */
export interface Block {
  readonly first: number;
  readonly volumes: number;
  readonly values: Float32Array | Float64Array; // [volumes, units]
}

/**
 * Units over time, read once from front to back in blocks: a 4-D image inside its mask, a recording,
 * or the prompt means of either. Blocks are whole volumes, in order, without gaps.
 * A block's values may be overwritten when the next block is asked for: copy what you keep.
 */
export interface Series {
  readonly volumes: number;
  readonly units: number;
  blocks(): AsyncIterable<Block>;
}
