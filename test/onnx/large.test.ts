import { mkdtemp, open, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readExternalData } from '../../src/onnx/external-data.js';
import { readSkeleton } from '../../src/onnx/skeleton.js';
import { concat, varint } from '../../src/onnx/wire.js';
import {
  bytes,
  expectToWork,
  inside,
  modelIn,
  operators,
  place,
  tensorHead,
  tinyGraph,
  version,
} from './tiny-model.js';

// Files with holes: large to read, small on disk.
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'boldbridge-test-'));
});
afterAll(() => rm(root, { recursive: true }));

async function writeAt(file: string, at: number, data: Uint8Array): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(data, 0, data.length, at);
  await handle.close();
}

const onDisk = async (file: string) => (await stat(file)).blocks * 512;
const MEGABYTE = 1 << 20;

test('weights beyond 4 GB of a data file are read from where they lie', async () => {
  const offset = 2 ** 32 + 3 * 65536;
  const file = await modelIn(join(root, 'far'), place('data.bin', offset));
  const data = join(root, 'far', 'data.bin');
  await writeFile(data, '');
  await writeAt(data, offset, bytes);
  expect(await onDisk(data)).toBeLessThan(MEGABYTE);
  expect(readExternalData(await readSkeleton(file))).toEqual([place('data.bin', offset)]);
  await expectToWork(file, root);
});

test('so are weights beyond 2 GB of the model file, which are longer than that', async () => {
  const length = 2 ** 31 + 4096;
  const field = (number: number, size: number) => concat([varint(number * 8 + 2), varint(size)]);
  // A tensor that nothing reads, its data a hole, before the tiny model's graph.
  const head = tensorHead('hole', length / 4);
  const tensorSize = head.length + field(9, length).length + length;
  const graph = tinyGraph(inside);
  const graphSize = field(5, tensorSize).length + tensorSize + graph.length;
  const before = concat([
    version,
    field(7, graphSize),
    field(5, tensorSize),
    head,
    field(9, length),
  ]);
  const file = join(root, 'model.onnx');
  await writeFile(file, before);
  await truncate(file, before.length + length);
  await writeAt(file, before.length + length, concat([graph, operators]));
  expect(await onDisk(file)).toBeLessThan(MEGABYTE);

  const skeleton = await readSkeleton(file);
  const [hole, weights] = readExternalData(skeleton);
  expect(skeleton.length).toBeLessThan(2000);
  expect(hole).toEqual({ location: 'model.onnx', offset: before.length, length });
  expect(weights.offset).toBeGreaterThan(2 ** 31);
  await expectToWork(file, root);
});
