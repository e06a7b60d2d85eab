// Time of packing pseudo-BOLD against pigz, at the same level and number of threads.
// Usage: npm run build && node bench/gzip.mjs [megabytes] [threads]; needs pigz.
import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { gzipPieces } from '../dist/image/gzip.js';
import { makeRandom } from '../dist/math/random.js';

const megabytes = Number(process.argv[2] ?? 256);
const threads = Number(process.argv[3] ?? availableParallelism());
const ROUNDS = 3;
process.env.UV_THREADPOOL_SIZE = String(threads); // before the pool is first used

/** Normal noise around 10000 with sd 100, a quarter of the voxels empty, as exports have it. */
function volumes(dtype) {
  const random = makeRandom(1);
  const count = megabytes * 2 ** 18;
  const values = dtype === 'int16' ? new Int16Array(count) : new Float32Array(count);
  for (let i = 0; i < count; i++) {
    if (i % 4096 < 1024) continue;
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const s = 10000 + 100 * radius * Math.cos(2 * Math.PI * random.uniform());
    values[i] = dtype === 'int16' ? Math.round(2 * s) : s;
  }
  return new Uint8Array(values.buffer);
}

const folder = await mkdtemp(join(tmpdir(), 'gzip-'));
const packed = join(folder, 'packed.gz');
const seconds = async (work) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};
const best = async (work) => {
  const times = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await seconds(work));
  return Math.min(...times);
};

console.log(`${threads} threads, ${megabytes} MB of float32 and as many values of int16`);
console.log('| dtype | level 1 | MB/s | packed | speed to pigz -1 |');
console.log('|---|---|---|---|---|');
for (const dtype of ['float32', 'int16']) {
  const raw = join(folder, dtype);
  await writeFile(raw, volumes(dtype));
  const { size } = await stat(raw);
  const source = () => createReadStream(raw, { highWaterMark: 1 << 20 });
  const pigz = (flags) => () =>
    execFileSync('sh', ['-c', `pigz ${flags} -p ${threads} -n -c "$0" > "$1"`, raw, packed]);
  const own = (options) => () =>
    pipeline(source(), (bytes) => gzipPieces(bytes, options), createWriteStream(packed));
  const single = () =>
    pipeline(source(), createGzip({ level: 1, chunkSize: 1 << 18 }), createWriteStream(packed));
  const programs = [
    ['pigz -1', pigz('-1')],
    ['pigz -1 --rle', pigz('-1 --rle')],
    ['boldbridge, default strategy', own({ strategy: constants.Z_DEFAULT_STRATEGY })],
    ['boldbridge (rle)', own({})],
    ['Node createGzip', single],
  ];
  const results = [];
  for (const [name, work] of programs) {
    results.push([name, await best(work), (await stat(packed)).size]);
    execFileSync('gzip', ['-t', packed]);
  }
  for (const [name, time, bytes] of results) {
    const cells = [dtype, name, (size / 1e6 / time).toFixed(0), (bytes / size).toFixed(3)];
    console.log(`| ${cells.join(' | ')} | ${(results[0][1] / time).toFixed(2)} |`);
  }
}
await rm(folder, { recursive: true });
