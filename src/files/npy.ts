import { type FileHandle, open } from 'node:fs/promises';
import { FileError } from '../core/errors.js';
import type { Block, Series } from '../core/series.js';

const MAGIC = Buffer.from('\x93NUMPY\x01\x00', 'latin1');
const ALIGNMENT = 64;
/** Bytes gathered before they are written, and read at a time. */
const CHUNK = 2 << 20;
/** Chunks that may be on their way to disk. */
const IN_FLIGHT = 4;

/**
 * The header of a C-order little-endian float32 array, NPY format 1.0.
 * Source: numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
 */
function npyHeader(shape: readonly [number, number]): Buffer {
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const bare = MAGIC.length + 2 + dict.length + 1;
  const padding = (ALIGNMENT - (bare % ALIGNMENT)) % ALIGNMENT;
  const body = Buffer.from(`${dict}${' '.repeat(padding)}\n`, 'latin1');
  const length = Buffer.alloc(2);
  length.writeUInt16LE(body.length);
  return Buffer.concat([MAGIC, length, body]);
}

/** Rows of an .npy file of known shape, written in any order while the caller goes on. */
export interface NpyWriter {
  /**
   * Copies the row, or has it copied; resolves when there is room for the next, not when it is on disk.
   */
  write(index: number, row: Float32Array | ((into: Float32Array) => void)): Promise<void>;
  /** Resolves when all is on disk. @throws Error if not every row came exactly once. */
  close(): Promise<void>;
}

/** Consecutive rows on their way to disk. */
interface Chunk {
  readonly values: Float32Array; // [rowsPerChunk, columns]
  readonly first: number;
  rows: number;
}

/**
 * Starts an .npy file of float32, rows x columns. Rows are gathered while they follow each other, and
 * written behind the caller's back; at most IN_FLIGHT chunks are held.
 */
export async function createNpy(path: string, rows: number, columns: number): Promise<NpyWriter> {
  const file = await open(path, 'w');
  const header = npyHeader([rows, columns]);
  await file.write(header);
  const rowBytes = 4 * columns;
  const rowsPerChunk = Math.max(1, Math.floor(CHUNK / rowBytes));
  const spare: Float32Array[] = []; // [rowsPerChunk, columns]
  const writing = new Set<Promise<void>>();
  let made = 0;
  let failure: unknown = null;
  let chunk: Chunk | null = null;
  let seen = 0;

  const take = async (first: number): Promise<Chunk> => {
    while (spare.length === 0 && made === IN_FLIGHT) await Promise.race(writing);
    const values = spare.pop() ?? new Float32Array(rowsPerChunk * columns);
    made = Math.max(made, writing.size + spare.length + 1);
    return { values, first, rows: 0 };
  };
  const flush = () => {
    if (!chunk) return;
    const done = chunk;
    chunk = null;
    const bytes = new Uint8Array(done.values.buffer, 0, done.rows * rowBytes);
    const write = writeFully(file, bytes, header.length + done.first * rowBytes)
      .catch((error: unknown) => {
        failure ??= error;
      })
      .then(() => {
        writing.delete(write);
        spare.push(done.values);
      });
    writing.add(write);
  };
  return {
    async write(index, row) {
      if (failure) throw failure;
      if (chunk && (chunk.rows === rowsPerChunk || index !== chunk.first + chunk.rows)) flush();
      chunk ??= await take(index);
      const into = chunk.values.subarray(chunk.rows * columns, (chunk.rows + 1) * columns);
      if (typeof row === 'function') row(into);
      else into.set(row);
      chunk.rows++;
      seen++;
    },
    async close() {
      flush();
      await Promise.all(writing);
      await file.close();
      if (failure) throw failure;
      if (seen !== rows) throw new Error(`${seen} rows written to ${path}, ${rows} promised`);
    },
  };
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

interface NpyLayout {
  readonly rows: number;
  readonly columns: number;
  readonly offset: number;
}

async function readLayout(file: FileHandle, path: string): Promise<NpyLayout> {
  const refuse = (fault: string, given: string) =>
    new FileError(fault, {
      given: `${path}, ${given}`,
      expected: 'a whole two-dimensional .npy array of little-endian float32 in C order',
      todo: "Save it with numpy.save(path, array.astype('<f4')).",
    });
  const head = Buffer.alloc(10);
  const { bytesRead } = await file.read(head, 0, 10, 0);
  if (bytesRead < 10 || !head.subarray(0, 6).equals(MAGIC.subarray(0, 6))) {
    throw refuse('not-npy', 'which is no .npy file');
  }
  if (head[6] !== 1) throw refuse('npy-version', `which has the .npy format ${head[6]}.${head[7]}`);
  const length = head.readUInt16LE(8);
  const text = Buffer.alloc(length);
  await file.read(text, 0, length, 10);
  const dict = text.toString('latin1');
  const [, descr] = /'descr':\s*'([^']*)'/.exec(dict) ?? [];
  const [, rows, columns] = /'shape':\s*\((\d+),\s*(\d+),?\s*\)/.exec(dict) ?? [];
  if (descr !== '<f4') throw refuse('npy-dtype', `whose dtype is ${descr ?? 'not given'}`);
  if (!dict.includes("'fortran_order': False")) throw refuse('npy-order', 'in Fortran order');
  if (rows === undefined) throw refuse('npy-shape', 'which is not two-dimensional');
  const layout = { rows: Number(rows), columns: Number(columns), offset: 10 + length };
  const { size } = await file.stat();
  const needed = layout.offset + layout.rows * layout.columns * 4;
  if (size !== needed) throw refuse('truncated', `which has ${size} bytes, not ${needed}`);
  return layout;
}

/**
 * Opens a two-dimensional float32 .npy file as a series: rows are volumes, columns units.
 * @throws FileError `file/not-npy`, `file/npy-dtype`, `file/npy-order`, `file/npy-shape`, `file/truncated`
 */
export async function openNpy(path: string): Promise<Series> {
  const file = await open(path);
  const layout = await readLayout(file, path).finally(() => file.close());
  return {
    volumes: layout.rows,
    units: layout.columns,
    blocks: () => readBlocks(path, layout),
  };
}

async function* readBlocks(path: string, layout: NpyLayout): AsyncGenerator<Block> {
  const { rows, columns, offset } = layout;
  const file = await open(path);
  try {
    const perBlock = Math.max(1, Math.floor(CHUNK / (4 * columns)));
    const values = new Float32Array(perBlock * columns); // [perBlock, columns]
    for (let first = 0; first < rows; first += perBlock) {
      const volumes = Math.min(perBlock, rows - first);
      const bytes = new Uint8Array(values.buffer, 0, volumes * columns * 4);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, offset + first * columns * 4);
      if (bytesRead !== bytes.length) throw new Error(`${path} changed while it was read`);
      yield { first, volumes, values: values.subarray(0, volumes * columns) };
    }
  } finally {
    await file.close();
  }
}
