import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Grid } from '../core/grid.js';
import type { Series } from '../core/series.js';
import { writeWhole } from '../files/whole.js';
import { DTYPES, type DtypeName } from './dtype.js';
import { encodeHeader } from './image-header.js';

const GZIP = { level: 1, chunkSize: 1 << 18 };

/**
 * Writes one value a unit as a 3-D map, .nii.gz or .nii; voxels without a unit are 0.
 * The same values give the same bytes: the gzip stream is one member without a date.
 * @throws DataError `data/too-large-for-nifti`; OutputError where the place cannot be written to.
 */
export async function writeMap(
  path: string,
  {
    grid,
    values,
    dtype,
  }: { readonly grid: Grid; readonly values: ArrayLike<number>; readonly dtype: DtypeName },
): Promise<void> {
  const header = encodeHeader({ ...grid, dtype });
  const volume = emptyVolume(grid, dtype);
  const voxels = DTYPES[dtype].view(volume);
  grid.voxelOfUnit.forEach((voxel, unit) => {
    voxels[voxel] = values[unit];
  });
  await writePieces(path, [header, new Uint8Array(volume)]);
}

/**
 * Writes a series as a 4-D float32 image, one volume at a time: memory does not grow with the number
 * of volumes. Repetition time in seconds; voxels without a unit are 0.
 * @throws DataError `data/too-large-for-nifti`; OutputError where the place cannot be written to;
 * and whatever the series throws.
 */
export async function writeSeries(
  path: string,
  options: { readonly grid: Grid; readonly series: Series; readonly repetitionTime: number },
): Promise<void> {
  const { grid, series, repetitionTime } = options;
  const time = { volumes: series.volumes, repetitionTime };
  const header = encodeHeader({ ...grid, dtype: 'float32', time });
  await writePieces(path, seriesPieces(header, grid, series));
}

async function* seriesPieces(
  header: Uint8Array,
  grid: Grid,
  series: Series,
): AsyncGenerator<Uint8Array> {
  yield header;
  const { voxelOfUnit } = grid;
  const units = series.units;
  for await (const block of series.blocks()) {
    for (let row = 0; row < block.volumes; row++) {
      const volume = emptyVolume(grid, 'float32'); // a new one each time: the last is still on its way
      const voxels = new Float32Array(volume);
      for (let u = 0; u < units; u++) voxels[voxelOfUnit[u]] = block.values[row * units + u];
      yield new Uint8Array(volume);
    }
  }
}

function emptyVolume({ shape: [x, y, z] }: Grid, dtype: DtypeName): ArrayBuffer {
  return new ArrayBuffer(x * y * z * DTYPES[dtype].bytes);
}

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

async function writePieces(path: string, pieces: Pieces): Promise<void> {
  await writeWhole(path, async (temporary) => {
    const source = Readable.from(pieces, { highWaterMark: 1 });
    const target = createWriteStream(temporary);
    if (path.endsWith('.gz')) await pipeline(source, createGzip(GZIP), target);
    else await pipeline(source, target);
  });
}
