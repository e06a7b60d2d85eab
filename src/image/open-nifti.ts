import { stat } from 'node:fs/promises';
import { decodeHeader, type NiftiHeader } from './decode-header.js';
import { fileBytes, isGzip, truncated } from './file-bytes.js';

/** An image on disk: its header's facts and where it lies. Voxels are read by `seriesOf` and `readMap`. */
export interface NiftiImage extends NiftiHeader {
  readonly path: string;
  /** Whether the file is gzip's. */
  readonly packed: boolean;
}

const LONGEST_HEADER = 540; // NIfTI-2's

/**
 * Reads the header of a .nii or .nii.gz file.
 * @throws FileError `file/not-found`, `file/not-nifti`, `file/unsupported-dtype`,
 * `file/bad-dimensions`, and `file/truncated` where an unpacked file is shorter than its header says
 * (a packed one is found out when its voxels are read).
 */
export async function openNifti(path: string): Promise<NiftiImage> {
  const header = decodeHeader(await firstBytes(path), path);
  const packed = await isGzip(path);
  const [x, y, z] = header.shape;
  const needed = header.offset + x * y * z * header.volumes * header.dtype.bytes;
  if (!packed && (await stat(path)).size < needed) {
    throw truncated(path, `before the ${needed} bytes its header speaks of`);
  }
  return { ...header, path, packed };
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const start = new Uint8Array(LONGEST_HEADER);
  let filled = 0;
  for await (const chunk of fileBytes(path)) {
    const part = chunk.subarray(0, LONGEST_HEADER - filled);
    start.set(part, filled);
    filled += part.length;
    if (filled === LONGEST_HEADER) break;
  }
  return start.subarray(0, filled);
}
