import * as zlib from 'node:zlib';

/** The CRC-32 of gzip and zip, going on from that of the bytes before; 0 before any. */
export type Crc32 = (bytes: Uint8Array, before?: number) => number;

const POLYNOMIAL = 0xedb88320;
/** tables[k * 256 + b]: what byte b does to the CRC k bytes on. */
const tables = makeTables(); // [8, 256]

function makeTables(): Uint32Array {
  const made = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    made[byte] = crc;
  }
  for (let i = 256; i < made.length; i++)
    made[i] = (made[i - 256] >>> 8) ^ made[made[i - 256] & 255];
  return made;
}

/** Eight bytes at a step. Source: Kounavis and Berry 2008, slicing-by-8, IEEE Trans. Comput. 57:1550. */
export const crc32InScript: Crc32 = (bytes, before = 0) => {
  const t = tables;
  const end = bytes.length - 7;
  let crc = ~before;
  let i = 0;
  for (; i < end; i += 8) {
    crc ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    crc =
      t[1792 + (crc & 255)] ^
      t[1536 + ((crc >>> 8) & 255)] ^
      t[1280 + ((crc >>> 16) & 255)] ^
      t[1024 + (crc >>> 24)] ^
      t[768 + bytes[i + 4]] ^
      t[512 + bytes[i + 5]] ^
      t[256 + bytes[i + 6]] ^
      t[bytes[i + 7]];
  }
  for (; i < bytes.length; i++) crc = t[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
};

/** Node's own where there is one (from 20.15 on), else the script's. */
export const crc32: Crc32 = (zlib as { readonly crc32?: Crc32 }).crc32 ?? crc32InScript;
