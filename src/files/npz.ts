import { unzipSync } from 'fflate';
import { FileError } from '../core/errors.js';
import { crc32 } from './crc32.js';

/** fflate and Node's readFile hold at most 2 GiB. */
export const NPZ_LIMIT = 2 ** 31 - 1;
/** No deflate stream grows further. Source: zlib.net/zlib_tech.html. */
const HIGHEST_RATIO = 1032;
const CENTRAL = 0x02014b50;

/**
 * The bytes of one array's .npy file in an .npz archive. Nothing is unpacked to disk; entries whose
 * names are paths that lead elsewhere, and sizes no deflate stream can reach, are refused before
 * anything is unpacked.
 * @throws FileError `file/not-npz`, `file/npz-name`, `file/npz-length`, `file/npz-checksum`,
 * `file/no-array`
 */
export function readNpzEntry(archive: Uint8Array, array: string, name: string): Uint8Array {
  const wanted = `${array}.npy`;
  const seen = new Set<string>();
  const found = unzip(archive, name, (entry) => {
    checkName(entry.name, name);
    if (seen.has(entry.name)) throw refuse('npz-name', `${name}, which holds an entry twice`);
    seen.add(entry.name);
    if (entry.name !== wanted) return false;
    const { size, originalSize } = entry;
    if (size > archive.length || originalSize > Math.min(NPZ_LIMIT, HIGHEST_RATIO * size + 64)) {
      const given = `${name}, whose entry ${wanted} says it unpacks ${size} bytes to ${originalSize}`;
      throw refuse('npz-length', given);
    }
    return true;
  });
  const bytes = Object.hasOwn(found, wanted) ? found[wanted] : undefined;
  if (!bytes) {
    const names = [...seen].map((entry) => entry.replace(/\.npy$/, '')).slice(0, 8);
    throw refuse('no-array', `${name}, which has no array ${array} but ${names.join(', ')}`);
  }
  if (crc32(bytes) !== checksumOf(archive, wanted)) {
    throw refuse('npz-checksum', `${name}, whose entry ${wanted} is damaged`);
  }
  return bytes;
}

type Filter = NonNullable<NonNullable<Parameters<typeof unzipSync>[1]>['filter']>;

function unzip(archive: Uint8Array, name: string, filter: Filter) {
  try {
    return unzipSync(archive, { filter });
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    throw refuse('not-npz', `${name}, which cannot be unpacked`, cause);
  }
}

function checkName(entry: string, name: string): void {
  const parts = entry.split(/[\\/]/);
  const leads = parts.includes('..') || parts[0] === '' || /^[A-Za-z]:/.test(entry);
  if (!leads && !entry.includes('\0') && entry !== '__proto__') return;
  throw refuse('npz-name', `${name}, with an entry named ${JSON.stringify(entry)}`);
}

/** The CRC-32 the archive's directory gives for an entry; -1 where it is not found. */
function checksumOf(archive: Uint8Array, entry: string): number {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const signature = Buffer.alloc(4);
  signature.writeUInt32LE(CENTRAL);
  let at = bytes.lastIndexOf(signature);
  while (at > 0) {
    const end = at + 46 <= bytes.length ? at + 46 + bytes.readUInt16LE(at + 28) : 0;
    if (bytes.toString('utf8', at + 46, end) === entry) return bytes.readUInt32LE(at + 16);
    at = bytes.lastIndexOf(signature, at - 1);
  }
  return -1;
}

function refuse(fault: string, given: string, cause?: unknown): FileError {
  return new FileError(fault, {
    given,
    expected: 'a whole .npz archive, as numpy.savez writes it',
    todo: 'Save it again, or each array as .npy.',
    ...(cause !== undefined && { cause }),
  });
}
