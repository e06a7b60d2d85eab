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
  /** Threads that reading keeps busy beside the reader's own; none where absent. */
  readonly busyThreads?: number;
  blocks(): AsyncIterable<Block>;
}

/** A volume's values. */
export type Row = Float32Array | Float64Array; // [units]

/** Consecutive units, counted from 0. */
export interface UnitRange {
  readonly firstUnit: number;
  readonly units: number;
}

/** Consecutive volumes on their way, there until their taker is done with them. */
export interface Stretch {
  /** Index of the first. */
  readonly first: number;
  readonly rows: readonly Row[]; // [volumes][units]
}

/** Memory that volumes may be put into, as many as there is room for. */
export type VolumeMemory = Float32Array<ArrayBuffer>;

/**
 * A series while it is made: each volume once, the first before the others, these in whatever order.
 * Read once.
 */
export interface Arrivals {
  readonly volumes: number;
  readonly units: number;
  /** Prompts, at most, whose volumes come side by side. */
  readonly abreast: number;
  /** Values for which memory is best given: those of volumes that come together. */
  readonly together: number;
  /** Gives stretches side by side, as they come, in the memory where that is possible. */
  stretches(memory: VolumeMemory): AsyncIterable<readonly Stretch[]>;
}
