import { FileError } from '../core/errors.js';
import { ARRAY_DTYPES, type ArrayDtype, type ArrayLayout } from './array.js';

const DTYPES: Readonly<Record<string, ArrayDtype>> = {
  F16: 'float16',
  BF16: 'bfloat16',
  F32: 'float32',
  F64: 'float64',
  U8: 'uint8',
};
/** The format's own limit. */
const HEADER_LIMIT = 100_000_000;

/** A tensor's layout and where its bytes begin in the file. */
export type TensorLayout = ArrayLayout & { readonly offset: number };

/** Bytes before the header proper: its length. */
export const SAFETENSORS_PREFIX = 8;

/**
 * The header's length, from the file's first eight bytes.
 * Source of the format: huggingface.co/docs/safetensors.
 * @throws FileError `file/not-safetensors`
 */
export function safetensorsHeaderBytes(
  prefix: Uint8Array,
  fileBytes: number,
  name: string,
): number {
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const length = prefix.length < SAFETENSORS_PREFIX ? 0n : view.getBigUint64(0, true);
  if (length >= 2n && length <= HEADER_LIMIT && length <= fileBytes - SAFETENSORS_PREFIX) {
    return Number(length);
  }
  throw refuse('not-safetensors', `${name}, whose header would take ${length} bytes`);
}

/**
 * One tensor of the header.
 * @throws FileError `file/not-safetensors`, `file/no-array`, `file/safetensors-dtype`,
 * `file/array-length` where its bytes do not fit its shape or the file
 */
export function parseSafetensors(
  header: Uint8Array,
  options: { readonly tensor: string; readonly fileBytes: number; readonly name: string },
): TensorLayout {
  const { tensor, fileBytes, name } = options;
  const entries = parseHeader(header, name);
  requireApart(entries, name);
  const entry = Object.hasOwn(entries, tensor) ? entries[tensor] : undefined;
  if (!isEntry(entry)) {
    const names = Object.keys(entries).filter((key) => key !== '__metadata__');
    throw refuse(
      'no-array',
      `${name}, which has no tensor ${tensor} but ${names.slice(0, 8).join(', ')}`,
    );
  }
  const dtype = Object.hasOwn(DTYPES, entry.dtype) ? DTYPES[entry.dtype] : undefined;
  if (!dtype)
    throw refuse('safetensors-dtype', `${name}, whose tensor ${tensor} is ${entry.dtype}`);
  const [from, end] = entry.data_offsets;
  const needed = entry.shape.reduce((product, size) => product * size, ARRAY_DTYPES[dtype]);
  const start = SAFETENSORS_PREFIX + header.length;
  if (from < 0 || end - from !== needed || start + end > fileBytes) {
    const given = `${name}, whose tensor ${tensor} takes the bytes ${from} to ${end} for ${needed}`;
    throw refuse('array-length', given);
  }
  return { shape: entry.shape, dtype, fortran: false, littleEndian: true, offset: start + from };
}

/** Tensors that share bytes come of no honest program. */
function requireApart(entries: Readonly<Record<string, unknown>>, name: string): void {
  const ranges = Object.entries(entries)
    .flatMap(([tensor, entry]) => (isEntry(entry) ? [{ tensor, range: entry.data_offsets }] : []))
    .filter(({ range: [from, end] }) => from !== end)
    .sort((a, b) => a.range[0] - b.range[0]);
  ranges.forEach(({ tensor, range }, i) => {
    const before = ranges[i - 1];
    if (!before || range[0] >= before.range[1]) return;
    const given = `${name}, whose tensors ${before.tensor} and ${tensor} share bytes`;
    throw refuse('array-length', given);
  });
}

/** JSON.parse would keep the last of two tensors of one name without a word. */
function requireNamedOnce(text: string): void {
  const seen = new Set<string>();
  let depth = 0;
  for (const [token, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/gs)) {
    if (token === '{') depth++;
    else if (token === '}') depth--;
    else if (depth === 1 && colon) {
      const key: string = JSON.parse(token.slice(0, -colon.length));
      if (seen.has(key)) throw new Error(`the key ${key} stands twice`);
      seen.add(key);
    }
  }
}

function parseHeader(header: Uint8Array, name: string): Readonly<Record<string, unknown>> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(header);
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Error('JSON');
    requireNamedOnce(text);
    return value as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw refuse(
      'not-safetensors',
      `${name}, whose header is no JSON object with a name once`,
      cause,
    );
  }
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const areSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

function isEntry(value: unknown): value is Entry {
  const entry = (value ?? {}) as Partial<Record<keyof Entry, unknown>>;
  return (
    typeof entry.dtype === 'string' &&
    areSizes(entry.shape) &&
    areSizes(entry.data_offsets) &&
    entry.data_offsets.length === 2
  );
}

function refuse(fault: string, given: string, cause?: unknown): FileError {
  return new FileError(fault, {
    given,
    expected: 'a whole .safetensors file with tensors of F16, BF16, F32, F64 or U8',
    todo: 'Save it again with safetensors, or name another tensor.',
    ...(cause !== undefined && { cause }),
  });
}
