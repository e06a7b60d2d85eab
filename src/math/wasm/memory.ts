/** Arrays that are taken of a memory. */
export interface Need {
  readonly type: 'float32' | 'float64' | 'uint32';
  /** Of each. */
  readonly length: number;
  readonly count: number;
}

/** WebAssembly's own memory, where kernels find arrays by their address. */
export interface KernelMemory {
  readonly wasm: WebAssembly.Memory;
  /** Takes an array of zeros. @throws Error where more is taken than was needed */
  float32(length: number): Float32Array<ArrayBuffer>;
  float64(length: number): Float64Array<ArrayBuffer>;
  uint32(length: number): Uint32Array<ArrayBuffer>;
  /** Whether an array lies there. */
  holds(array: ArrayBufferView): boolean;
}

/** Takes arrays of doubles, each by its name. */
export const namedArrays = <Name extends string>(
  memory: KernelMemory,
  names: readonly Name[],
  length: number,
): Record<Name, Float64Array> =>
  Object.fromEntries(names.map((name) => [name, memory.float64(length)])) as Record<
    Name,
    Float64Array
  >;

const BYTES = { float32: 4, float64: 8, uint32: 4 } as const;

/** Bytes that arrays begin at a multiple of. */
const LINE = 64;
const PAGE = 2 ** 16;
/** What 32 bits can address, but for a page. */
const MOST = 2 ** 32 - PAGE;

/** A line more than an array holds, so that arrays of one length do not fall on the same lines of the cache. */
const bytesOf = (type: Need['type'], length: number) =>
  LINE * (Math.ceil((BYTES[type] * length) / LINE) + 1);

const bytesOfAll = (needs: readonly Need[]) =>
  needs.reduce((sum, { type, length, count }) => sum + count * bytesOf(type, length), 0);

/** Whether one memory can have room for arrays. */
export const isPossible = (needs: readonly Need[]): boolean => bytesOfAll(needs) <= MOST;

/**
 * A memory with room for arrays, and no more: it cannot grow, which would take the arrays away. What is not
 * written yet takes none of the machine's.
 */
export function makeMemory(needs: readonly Need[]): KernelMemory {
  const bytes = bytesOfAll(needs);
  const wasm = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  const { buffer } = wasm;
  let taken = 0;
  const take = (type: Need['type'], length: number) => {
    const at = taken;
    taken += bytesOf(type, length);
    if (taken > bytes) throw new Error(`a memory of ${bytes} bytes has no room for ${taken}`);
    return at;
  };
  return {
    wasm,
    float32: (length) => new Float32Array(buffer, take('float32', length), length),
    float64: (length) => new Float64Array(buffer, take('float64', length), length),
    uint32: (length) => new Uint32Array(buffer, take('uint32', length), length),
    holds: (array) => array.buffer === buffer,
  };
}
