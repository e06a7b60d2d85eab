import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PACKAGE_ROOT } from '../../src/files/versions.js';
import { readGraph } from '../../src/onnx/graph.js';
import { readSkeleton } from '../../src/onnx/skeleton.js';
import { openTapped } from '../../src/onnx/tapped.js';

const file = join(PACKAGE_ROOT, 'phantom', 'onnx', 'model.onnx');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const heads = 4;
const feeds = (session: ort.InferenceSession) => ({
  input_ids: new ort.Tensor('int64', BigInt64Array.from([5n, 77n, 1000n]), [1, 3]),
  attention_mask: new ort.Tensor('int64', BigInt64Array.from([1n, 1n, 1n]), [1, 3]),
  ...Object.fromEntries(
    session.inputMetadata
      .filter(({ name }) => name.startsWith('past'))
      .map(({ name }) => [name, new ort.Tensor('float32', [], [1, heads, 0, 32])]),
  ),
});

test('a skeleton is the same graph in a fraction of the bytes', async () => {
  const skeleton = await readSkeleton(file);
  const whole = new Uint8Array(await readFile(file));
  expect(skeleton.length).toBeLessThan(whole.length / 20);
  expect(readGraph(skeleton)).toEqual(readGraph(whole));
});

test('tapped outputs leave the logits bit-identical, and equal the logits they lead to', async () => {
  const skeleton = await readSkeleton(file);
  const tensor = '/decoder/final_layer_norm/LayerNormalization_output_0';
  const tapped = await openTapped(skeleton, { file, tensors: [tensor] });
  const plain = await ort.InferenceSession.create(file);
  const [own, theirs] = [
    await tapped.session.run(feeds(tapped.session)),
    await plain.run(feeds(plain)),
  ];
  expect(own.logits.data).toEqual(theirs.logits.data);
  expect(own[tensor].dims).toEqual([1, 3, 128]);
  expect(plain.outputNames).not.toContain(tensor);
  await tapped.release();
  await plain.release();
});

test.each([0, 1, 100, 5000, 1_000_000])('a model cut to %i bytes is refused', async (bytes) => {
  const cut = join(folder, 'cut.onnx');
  await writeFile(cut, await readFile(file));
  await truncate(cut, bytes);
  await expect(readSkeleton(cut)).rejects.toMatchObject({ code: 'file/not-onnx' });
});

test('a text file is refused', async () => {
  const other = join(folder, 'model.onnx');
  await writeFile(other, 'version https://git-lfs.github.com/spec/v1\noid sha256:00\n');
  await expect(readSkeleton(other)).rejects.toMatchObject({ code: 'file/not-onnx' });
  expect((await stat(other)).size).toBeGreaterThan(0);
});
