import { type FileHandle, open, readFile } from 'node:fs/promises';
import { FileError } from '../core/errors.js';
import { ARRAY_DTYPES, type ArrayLayout, type ArrayTable, arrayTable } from './array.js';
import { NPY_HEADER_LIMIT, parseNpyHeader } from './npy-header.js';
import { NPZ_LIMIT, readNpzEntry } from './npz.js';
import { parseSafetensors, SAFETENSORS_PREFIX, safetensorsHeaderBytes } from './safetensors.js';

/** An array whose file is open until it is closed. */
export interface OpenArray extends ArrayTable {
  close(): Promise<void>;
}

/**
 * Opens an array: `file.npy`, `file.npz:array` or `file.safetensors:tensor`. Values stay on disk until
 * they are read, but for .npz, whose array is held unpacked.
 * @param spec the file's path, with the array's name where the file holds several
 * @throws FileError `file/not-found`, `file/array-format`, `file/no-array`, `file/array-length`, and
 * those of the formats
 */
export async function openArray(spec: string): Promise<OpenArray> {
  const [, path, format, array] = /^(.*\.(npy|npz|safetensors))(?::(.+))?$/i.exec(spec) ?? [];
  const isSingle = format?.toLowerCase() === 'npy';
  if (path === undefined || isSingle !== (array === undefined)) {
    throw new FileError('array-format', {
      given: `'${spec}' as an array`,
      expected: 'file.npy, file.npz:array or file.safetensors:tensor',
      todo: 'Name the file and, where it holds several, the array after a colon.',
    });
  }
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw new FileError('not-found', {
      given: `${path}, which cannot be read (${cause.code})`,
      expected: 'a file with the activations of a module',
      todo: 'Check the path; it is relative to the table.',
      cause,
    });
  });
  try {
    const { size } = await file.stat();
    if (isSingle) return await openNpyArray(file, size, spec);
    if (format.toLowerCase() === 'npz') return await openNpz(file, { path, size, array, spec });
    return await openTensor(file, { size, array, spec });
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openNpyArray(file: FileHandle, size: number, spec: string): Promise<OpenArray> {
  const start = await bytesAt(file, 0, Math.min(size, NPY_HEADER_LIMIT));
  const layout = parseNpyHeader(start, spec);
  requireLength(layout, size - layout.offset, spec);
  const table = arrayTable(layout, (at, length) => bytesAt(file, layout.offset + at, length), spec);
  return { ...table, close: () => file.close() };
}

async function openNpz(
  file: FileHandle,
  archive: {
    readonly path: string;
    readonly size: number;
    readonly array: string;
    readonly spec: string;
  },
): Promise<OpenArray> {
  const { path, size, array, spec } = archive;
  if (size > NPZ_LIMIT) {
    throw new FileError('npz-length', {
      given: `${path} of ${size} bytes`,
      expected: `an .npz of at most ${NPZ_LIMIT} bytes`,
      todo: 'Save its arrays as .npy or .safetensors, which are read piece by piece.',
    });
  }
  const bytes = readNpzEntry(await readFile(path), array, spec);
  const layout = parseNpyHeader(bytes.subarray(0, NPY_HEADER_LIMIT), spec);
  requireLength(layout, bytes.length - layout.offset, spec);
  const at = (from: number, length: number) =>
    Promise.resolve(bytes.subarray(layout.offset + from, layout.offset + from + length));
  return { ...arrayTable(layout, at, spec), close: () => file.close() };
}

async function openTensor(
  file: FileHandle,
  { size, array, spec }: { readonly size: number; readonly array: string; readonly spec: string },
): Promise<OpenArray> {
  const prefix = await bytesAt(file, 0, Math.min(size, SAFETENSORS_PREFIX));
  const length = safetensorsHeaderBytes(prefix, size, spec);
  const header = await bytesAt(file, SAFETENSORS_PREFIX, length);
  const layout = parseSafetensors(header, { tensor: array, fileBytes: size, name: spec });
  const table = arrayTable(layout, (at, count) => bytesAt(file, layout.offset + at, count), spec);
  return { ...table, close: () => file.close() };
}

/** Exactly `length` bytes of a file. */
async function bytesAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw new Error('a file became shorter while it was read');
    done += bytesRead;
  }
  return bytes;
}

function requireLength({ shape, dtype }: ArrayLayout, bytes: number, spec: string): void {
  const needed = shape.reduce((product, size) => product * size, ARRAY_DTYPES[dtype]);
  if (bytes === needed) return;
  throw new FileError('array-length', {
    given: `${spec}, whose values take ${bytes} bytes`,
    expected: `${needed}, as its header says: (${shape.join(', ')}) of ${dtype}`,
    todo: 'Save the array again: the file was cut off or changed.',
  });
}
