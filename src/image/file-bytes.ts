import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Readable, type TransformOptions } from 'node:stream';
import { createGunzip, type ZlibOptions } from 'node:zlib';
import { FileError } from '../core/errors.js';

const CHUNK = 1 << 18;
/** Packed bytes that are handed to unpacking at once; every handing over costs a wait. */
const PACKED = 1 << 19;
/**
 * Unpacking goes on in a thread of Node's while up to the high-water mark waits to be taken. Its options
 * are a stream's, too (Node's documentation of zlib.Options leaves that out).
 */
const UNPACKING: ZlibOptions & TransformOptions = {
  chunkSize: 2 * PACKED,
  readableHighWaterMark: 4 * PACKED,
};

/**
 * A file's bytes from front to back, unpacked if they are gzip's (told by content, not by name).
 * @throws FileError `file/not-found`, `file/truncated`, `file/corrupt`.
 */
export async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    const packed = await isGzip(path);
    const source = createReadStream(path, { highWaterMark: packed ? PACKED : CHUNK });
    const stream: Readable = packed ? pipeline(source, createGunzip(UNPACKING), () => {}) : source;
    yield* stream as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw asFileError(path, error);
  }
}

/**
 * `count` pieces of `bytes` bytes each, from `offset` on. The piece is overwritten by the next.
 * A packed file is read to its end, so that its checksum is verified.
 * @throws FileError `file/truncated` if the file ends earlier, and `fileBytes`'s.
 */
export async function* filePieces(path: string, where: Pieces): AsyncGenerator<ArrayBuffer> {
  try {
    const packed = await isGzip(path);
    const done = yield* packed ? unpackedPieces(path, where) : plainPieces(path, where);
    if (done < where.count) throw truncated(path, `after ${done} of ${where.count} volumes`);
  } catch (error) {
    throw asFileError(path, error);
  }
}

interface Pieces {
  readonly offset: number;
  readonly bytes: number;
  readonly count: number;
}

/** Pieces of a file that is not packed, read to where they are given from. */
async function* plainPieces(
  path: string,
  { offset, bytes, count }: Pieces,
): AsyncGenerator<ArrayBuffer, number> {
  const piece = new Uint8Array(bytes);
  const file = await open(path);
  try {
    for (let done = 0; done < count; done++) {
      for (let filled = 0; filled < bytes; ) {
        const at = offset + done * bytes + filled;
        const { bytesRead } = await file.read(piece, filled, bytes - filled, at);
        if (bytesRead === 0) return done;
        filled += bytesRead;
      }
      yield piece.buffer;
    }
    return count;
  } finally {
    await file.close();
  }
}

/** Pieces of what a packed file unpacks to; to its end. */
async function* unpackedPieces(
  path: string,
  { offset, bytes, count }: Pieces,
): AsyncGenerator<ArrayBuffer, number> {
  const piece = new Uint8Array(bytes);
  let [skip, filled, done] = [offset, 0, 0];
  for await (const chunk of fileBytes(path)) {
    let at = Math.min(skip, chunk.length);
    skip -= at;
    while (at < chunk.length && done < count) {
      const part = chunk.subarray(at, at + bytes - filled);
      piece.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < bytes) continue;
      yield piece.buffer;
      filled = 0;
      done += 1;
    }
  }
  return done;
}

/** The refusal of a file that ends too early. */
export function truncated(path: string, where: string, cause?: unknown): FileError {
  return new FileError('truncated', {
    given: `${path}, which ends ${where}`,
    expected: 'the whole file',
    todo: 'Copy or write it again.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Whether a file begins with gzip's two bytes. */
export async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

function asFileError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  if (code === 'Z_BUF_ERROR') return truncated(path, 'in the middle of its gzip stream', error);
  if (code.startsWith('Z_')) {
    return new FileError('corrupt', {
      given: `${path}, whose gzip stream is damaged`,
      expected: 'an intact file',
      todo: 'Copy or write it again.',
      cause: error,
    });
  }
  if (code === 'ENOENT' || code === 'EISDIR') {
    return new FileError('not-found', {
      given: `${path}, which is no file`,
      expected: 'a file',
      todo: 'Check the path.',
      cause: error,
    });
  }
  return error;
}
