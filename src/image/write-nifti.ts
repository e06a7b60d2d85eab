import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Grid } from '../core/grid.js';
import type { Series } from '../core/series.js';
import { writeWhole } from '../files/whole.js';
import { type Int16Storage, int16Coder } from './bold-int16.js';
import { DTYPES, type DtypeName } from './dtype.js';
import { gzipPieces } from './gzip.js';
import { encodeHeader } from './image-header.js';

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
 * Writes a series as a 4-D image, one volume at a time: memory does not grow with the number of
 * volumes. Repetition time in seconds; voxels without a unit are 0. Stored as float32, or as the given
 * int16 (for pseudo-BOLD), whose slope the header holds.
 * @throws DataError `data/too-large-for-nifti`; OutputError where the place cannot be written to; and
 * whatever the series throws.
 */
export async function writeSeries(
  path: string,
  options: {
    readonly grid: Grid;
    readonly series: Series;
    readonly repetitionTime: number;
    readonly int16?: Int16Storage | undefined;
  },
): Promise<void> {
  const { grid, series, repetitionTime, int16 } = options;
  const time = { volumes: series.volumes, repetitionTime };
  const dtype = int16 ? 'int16' : 'float32';
  const header = encodeHeader({ ...grid, dtype, slope: int16?.slope ?? 1, time });
  await writePieces(path, seriesPieces(header, grid, { series, int16 }));
}

async function* seriesPieces(
  header: Uint8Array,
  grid: Grid,
  { series, int16 }: { readonly series: Series; readonly int16: Int16Storage | undefined },
): AsyncGenerator<Uint8Array> {
  yield header;
  const { voxelOfUnit } = grid;
  const units = series.units;
  const dtype = int16 ? 'int16' : 'float32';
  const code = int16 && int16Coder(int16, units);
  for await (const { values, volumes } of series.blocks()) {
    for (let row = 0; row < volumes; row++) {
      const volume = emptyVolume(grid, dtype); // a new one each time: the last is still on its way
      const voxels = DTYPES[dtype].view(volume);
      const stored = code ? code(values, row * units) : values;
      const from = code ? 0 : row * units;
      for (let u = 0; u < units; u++) voxels[voxelOfUnit[u]] = stored[from + u];
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
    const bytes = path.endsWith('.gz') ? gzipPieces(pieces) : pieces;
    await pipeline(Readable.from(bytes, { highWaterMark: 1 }), createWriteStream(temporary));
  });
}
