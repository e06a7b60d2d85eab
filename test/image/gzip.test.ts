import { gunzipSync } from 'node:zlib';
import { decompressSync } from 'fflate';
import { expect, test } from 'vitest';
import { gzipPieces } from '../../src/image/gzip.js';
import { makeRandom } from '../../src/math/random.js';

const random = makeRandom(5);
/** Three blocks and a part of one, half noise and half zeros. */
const bytes = Uint8Array.from({ length: 3_400_001 }, (_, i) => (i & 1 ? random.integer(256) : 0));

function* cut(size: number) {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function pack(size: number, options?: { readonly ahead: number }): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of gzipPieces(cut(size), options)) parts.push(part);
  return Buffer.concat(parts);
}

test('the same bytes whatever the pieces and the number of threads', async () => {
  const one = await pack(1 << 20, { ahead: 0 });
  expect((await pack(77_777, { ahead: 4 })).equals(one)).toBe(true);
  expect((await pack(bytes.length)).equals(one)).toBe(true);
  expect(one.length).toBeLessThan(0.7 * bytes.length);
});

test('one member that independent readers unpack', async () => {
  const packed = await pack(100_000);
  expect(gunzipSync(packed).equals(bytes)).toBe(true);
  expect(Buffer.from(decompressSync(packed)).equals(bytes)).toBe(true);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  expect(Buffer.from(await new Response(stream).arrayBuffer()).equals(bytes)).toBe(true);
});

test('nothing packs to an empty member', async () => {
  const parts: Uint8Array[] = [];
  for await (const part of gzipPieces([])) parts.push(part);
  expect(gunzipSync(Buffer.concat(parts)).length).toBe(0);
});

test('what the source throws passes on', async () => {
  async function* broken() {
    yield bytes;
    throw new Error('gone');
  }
  await expect(async () => {
    for await (const _ of gzipPieces(broken()));
  }).rejects.toThrow('gone');
});
