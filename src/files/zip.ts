import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';
import { OutputError } from '../core/errors.js';
import { filesBelow } from './below.js';
import { removeLeftovers, writeWhole } from './whole.js';

/** What a zip archive without zip64, which fflate does not write, can hold: bytes, and entries. */
const LIMITS = { bytes: 2 ** 32 - 1, entries: 65_535 } as const;
/** The first date zip knows, in every time zone: the same files give the same bytes. */
const DATE = new Date(1980, 0, 1, 12);
const PIECE = 1 << 20;
/** Two headers and a data descriptor an entry, and two copies of its name. */
const OVERHEAD = 30 + 46 + 16;

/**
 * Writes all of a folder, under its own name, into one .zip, whole or not at all; .gz is stored as it
 * is. Memory does not grow with the folder, but for a line an entry.
 * @throws OutputError `output/too-large-for-zip`, and where the place cannot be written to
 */
export async function writeZip(path: string, folder: string): Promise<void> {
  const files = await filesBelow(folder);
  await requireFits(path, folder, files);
  await removeLeftovers(path);
  await writeWhole(path, (temporary) =>
    pipeline(Readable.from(zipPieces(folder, files)), createWriteStream(temporary)),
  );
}

async function* zipPieces(folder: string, files: readonly string[]): AsyncGenerator<Uint8Array> {
  const made: Uint8Array[] = [];
  const zip = new Zip((error, bytes) => {
    if (error) throw error;
    made.push(bytes);
  });
  const root = basename(resolve(folder));
  for (const file of files) {
    const name = `${root}/${file}`;
    const entry = file.endsWith('.gz')
      ? new ZipPassThrough(name)
      : new ZipDeflate(name, { level: 6 });
    entry.mtime = DATE;
    zip.add(entry);
    for await (const piece of createReadStream(join(folder, file), { highWaterMark: PIECE })) {
      entry.push(piece);
      yield* made.splice(0);
    }
    entry.push(new Uint8Array(0), true);
    yield* made.splice(0);
  }
  zip.end();
  yield* made.splice(0);
}

/** Deflate makes nothing larger than by 5 bytes a block of 32 KiB or less: one in 1,000 is more. */
async function requireFits(path: string, folder: string, files: readonly string[]) {
  const name = basename(resolve(folder));
  let bytes = 22; // the end of the directory
  for (const file of files) {
    const { size } = await stat(join(folder, file));
    const names = 2 * Buffer.byteLength(`${name}/${file}`);
    bytes += OVERHEAD + names + size + (file.endsWith('.gz') ? 0 : Math.ceil(size / 1000) + 64);
  }
  if (bytes <= LIMITS.bytes && files.length <= LIMITS.entries) return;
  throw new OutputError('too-large-for-zip', {
    given: `${folder}, ${files.length} files that could take ${(bytes / 2 ** 30).toFixed(2)} GiB in ${path}`,
    expected: `at most ${LIMITS.entries} files and 4 GiB (${LIMITS.bytes} bytes): archives are written without zip64`,
    todo: `The dataset is whole; pack it with another program (zip -r ${path} ${folder}), or export it smaller with --dtype int16.`,
  });
}
