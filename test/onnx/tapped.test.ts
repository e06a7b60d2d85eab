import { statSync } from 'node:fs';
import {
  cp,
  link,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSkeleton } from '../../src/onnx/skeleton.js';
import { openTapped } from '../../src/onnx/tapped.js';
import { concat } from '../../src/onnx/wire.js';
import { ZOO } from '../model/find/zoo.js';
import {
  bytes,
  expectToWork,
  feed,
  inside,
  modelIn,
  numbers,
  openAt,
  place,
  tinyModel,
} from './tiny-model.js';

let root: string;
/** Where temporary folders are made. */
let scratch: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'boldbridge-test-'));
  scratch = join(root, 'scratch');
  await mkdir(scratch);
});
afterAll(() => rm(root, { recursive: true }));

test('the tiny model is one that onnxruntime reads', async () => {
  const session = await ort.InferenceSession.create(tinyModel(inside));
  expect((await session.run(feed(() => 0))).y.data).toEqual(numbers);
  await session.release();
});

test('weights are found by the names the model gives, in folders too', async () => {
  const file = await modelIn(join(root, 'named'), place('weights/part one.bin', 4096));
  await mkdir(join(root, 'named', 'weights'));
  await writeFile(join(root, 'named/weights/part one.bin'), concat([new Uint8Array(4096), bytes]));
  await expectToWork(file, scratch);
});

test('a weight file that is named as the sidecar would be stays itself', async () => {
  const file = await modelIn(join(root, 'clash'), place('sidecar.onnx'));
  await writeFile(join(root, 'clash', 'sidecar.onnx'), bytes);
  await expectToWork(file, scratch);
});

test('the model file may be a link, as in a cache that stores files by their hash', async () => {
  const file = join(root, 'model.onnx');
  await writeFile(join(root, 'blob'), tinyModel(inside));
  await symlink('blob', file);
  await expectToWork(file, scratch);
});

test.each([
  ['/etc/hostname', 'outside-model'],
  ['../secret.bin', 'outside-model'],
  ['weights/../../secret.bin', 'outside-model'],
  ['C:\\secret.bin', 'outside-model'],
  ['link.bin', 'outside-model'],
  ['elsewhere/secret.bin', 'outside-model'],
  ['missing.bin', 'no-weights'],
  ['.', 'no-weights'],
  ['short.bin', 'short-weights'],
])('weights at %s are refused (%s)', async (location, fault) => {
  const folder = await mkdtemp(join(root, 'refused-'));
  const file = await modelIn(join(folder, 'model'), place(location));
  await mkdir(join(folder, 'outside'));
  await writeFile(join(folder, 'secret.bin'), bytes);
  await writeFile(join(folder, 'outside', 'secret.bin'), bytes);
  await writeFile(join(folder, 'model', 'short.bin'), bytes.subarray(0, 100));
  await symlink('../secret.bin', join(folder, 'model', 'link.bin'));
  await symlink('../outside', join(folder, 'model', 'elsewhere'));
  await expect(openAt(file, scratch)).rejects.toMatchObject({
    code: `file/${fault}`,
    given: expect.stringContaining(location),
  });
  expect(await readdir(scratch)).toEqual([]);
});

test('a link inside the folder is no way out', async () => {
  const file = await modelIn(join(root, 'linked'), place('link.bin'));
  await writeFile(join(root, 'linked', 'data.bin'), bytes);
  await symlink('data.bin', join(root, 'linked', 'link.bin'));
  await expectToWork(file, scratch);
});

test('nothing is written to the model’s folder', async () => {
  const folder = join(root, 'llama', 'onnx');
  await cp(join(ZOO, 'llama-dynamo'), join(root, 'llama'), { recursive: true });
  const state = async () => {
    const names = ['.', ...(await readdir(folder))];
    const stats = await Promise.all(names.map((name) => stat(join(folder, name))));
    return stats.map(({ mtimeMs, size, nlink }, i) => [names[i], mtimeMs, size, nlink]);
  };
  const before = await state();
  const file = join(folder, 'model.onnx');
  const skeleton = await readSkeleton(file);
  const tapped = await openTapped(skeleton, { file, tensors: ['view_3'], folder: scratch });
  expect(before.map(([name]) => name)).toContain('model.onnx_data');
  expect(await state()).toEqual(before);
  await tapped.release();
  expect(await state()).toEqual(before);
});

test.runIf(process.platform !== 'win32')(
  'the temporary folder is gone once the session is open, which then still works',
  async () => {
    const file = await modelIn(join(root, 'gone'), place('data.bin'));
    const data = join(root, 'gone', 'data.bin');
    await writeFile(data, bytes);
    const tapped = await openAt(file, scratch);
    expect(await readdir(scratch)).toEqual([]);
    await rename(data, join(root, 'gone', 'moved.bin'));
    expect((await tapped.session.run(feed(() => 0))).y.data).toEqual(numbers);
    await tapped.release();
  },
);

test('the temporary folder is gone when the session cannot be made', async () => {
  const file = await modelIn(join(root, 'bad'), place('data.bin'));
  await writeFile(join(root, 'bad', 'data.bin'), bytes);
  const skeleton = await readSkeleton(file);
  const tensors = ['no such tensor'];
  await expect(openTapped(skeleton, { file, tensors, folder: scratch })).rejects.toThrow();
  expect(await readdir(scratch)).toEqual([]);
});

const MEMORY = '/dev/shm';
const isElsewhere = () => statSync(MEMORY).dev !== statSync(tmpdir()).dev;

test.runIf(statSync(MEMORY, { throwIfNoEntry: false }) && isElsewhere())(
  'weights on another file system are copied',
  async () => {
    const folder = await mkdtemp(join(MEMORY, 'boldbridge-test-'));
    try {
      const file = await modelIn(folder, place('data.bin'));
      await writeFile(join(folder, 'data.bin'), bytes);
      await expect(link(file, join(scratch, 'x'))).rejects.toMatchObject({ code: 'EXDEV' });
      await expectToWork(file, scratch);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
