import { endianness } from 'node:os';
import type { Block, Series } from '../core/series.js';
import { filePieces } from './file-bytes.js';
import type { NiftiImage } from './open-nifti.js';

const HOST_LITTLE_ENDIAN = endianness() === 'LE';
const BLOCK_VALUES = 1 << 20;

/**
 * The voxels at the given linear indices (x fastest) over time, scaled by slope and inter; units are
 * in the order of `voxels`. Memory holds one volume and one block, however long the series is.
 * The blocks throw FileError `file/truncated` or `file/corrupt`.
 */
export function seriesOf(image: NiftiImage, voxels: Int32Array): Series {
  const units = voxels.length;
  const busyThreads = image.packed ? 1 : 0; // unpacking
  return { volumes: image.volumes, units, busyThreads, blocks: () => readBlocks(image, voxels) };
}

/** One volume of an image. Throws FileError as `seriesOf` does. */
export async function readMap(image: NiftiImage, volume = 0): Promise<Float64Array> {
  const size = image.shape[0] * image.shape[1] * image.shape[2];
  const bytes = size * image.dtype.bytes;
  const offset = image.offset + volume * bytes;
  const map = new Float64Array(size); // [voxels]
  for await (const piece of filePieces(image.path, { offset, bytes, count: 1 })) {
    const stored = image.dtype.view(toHostOrder(piece, image));
    for (let v = 0; v < size; v++) map[v] = stored[v] * image.slope + image.inter;
  }
  return map;
}

async function* readBlocks(image: NiftiImage, voxels: Int32Array): AsyncGenerator<Block> {
  const { slope, inter, dtype, volumes, offset } = image;
  const units = voxels.length;
  const bytes = image.shape[0] * image.shape[1] * image.shape[2] * dtype.bytes;
  const rows = Math.min(volumes, Math.max(1, Math.floor(BLOCK_VALUES / Math.max(1, units))));
  const exact = dtype.fitsFloat32 && slope === 1 && inter === 0;
  const stretch = voxels.every((voxel, u) => voxel === voxels[0] + u) ? voxels[0] : null;
  const values = exact ? new Float32Array(rows * units) : new Float64Array(rows * units); // [rows, units]
  let volume = 0;
  for await (const piece of filePieces(image.path, { offset, bytes, count: volumes })) {
    const stored = dtype.view(toHostOrder(piece, image));
    if (stretch !== null && exact && stored instanceof Float32Array) {
      // As they lie in the file: nothing needs copying.
      yield { first: volume, volumes: 1, values: stored.subarray(stretch, stretch + units) };
      volume += 1;
      continue;
    }
    const row = volume % rows;
    for (let u = 0; u < units; u++) values[row * units + u] = stored[voxels[u]] * slope + inter;
    volume += 1;
    if (row + 1 === rows || volume === volumes) {
      yield {
        first: volume - row - 1,
        volumes: row + 1,
        values: values.subarray(0, (row + 1) * units),
      };
    }
  }
}

/** Swaps the bytes of every voxel in place where the file's order is not this machine's. */
function toHostOrder(piece: ArrayBuffer, { dtype, littleEndian }: NiftiImage): ArrayBuffer {
  if (littleEndian === HOST_LITTLE_ENDIAN) return piece;
  const bytes = Buffer.from(piece);
  if (dtype.bytes === 2) bytes.swap16();
  else if (dtype.bytes === 4) bytes.swap32();
  else if (dtype.bytes === 8) bytes.swap64();
  return piece;
}
