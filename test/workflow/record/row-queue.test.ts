import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stretch } from '../../../src/core/series.js';
import { makeRandom } from '../../../src/math/random.js';
import { makeHandOver } from '../../../src/workflow/record/hand-over.js';
import {
  makeRowQueue,
  type RowInTurn,
  type RowQueue,
} from '../../../src/workflow/record/row-queue.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-rows-'));
});
afterAll(() => rm(folder, { recursive: true }));

const UNITS = 5;
const ROWS = 60;
const THREE_ROWS = 3 * 4 * UNITS;
const valueAt = (index: number, unit: number) => index + unit / 8;
const inOrder = () =>
  makeRowQueue({ units: UNITS, memory: THREE_ROWS, scratch: join(folder, 'rows') });

async function pushAll(queue: RowQueue<unknown>, indices: readonly number[]) {
  for (const index of indices) {
    const row = Float32Array.from({ length: UNITS }, (_, unit) => valueAt(index, unit));
    await queue.push([{ first: index, rows: [row] }]);
    row.fill(Number.NaN); // as the scanner takes its memory back
  }
  queue.end();
}

async function taken(queue: RowQueue<RowInTurn | readonly Stretch[]>): Promise<number[]> {
  const indices: number[] = [];
  for await (const next of queue.rows()) {
    const index = 'row' in next ? next.index : next[0].first;
    const row = 'row' in next ? next.row : next[0].rows[0];
    row.forEach((value, unit) => {
      expect(value).toBe(valueAt(index, unit));
    });
    indices.push(index);
  }
  return indices;
}

const shuffled = () => [...makeRandom(3).shuffle(Array.from({ length: ROWS }, (_, i) => i))];
const backwards = Array.from({ length: ROWS }, (_, i) => ROWS - 1 - i);

test.each([
  ['shuffled', shuffled()],
  ['backwards, all but three rows through the file', backwards],
  ['in order', backwards.toReversed()],
])('rows that come %s go on in order', async (_, indices) => {
  const queue = inOrder();
  const [order] = await Promise.all([taken(queue), pushAll(queue, indices)]);
  expect(order).toEqual(backwards.toReversed());
  expect(await readdir(folder)).toEqual([]);
});

test('no more of them than fit are held', async () => {
  const queue = inOrder();
  let pushed = 0;
  const counted: RowQueue = {
    ...queue,
    push: async (stretch) => {
      await queue.push(stretch);
      pushed++;
    },
  };
  const pushing = pushAll(counted, backwards.toReversed());
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(pushed).toBe(3);
  await Promise.all([taken(queue), pushing]);
  expect(pushed).toBe(ROWS);
});

test('rows are handed over as they come, each before the next is made', async () => {
  const queue = makeHandOver();
  const indices = shuffled();
  const [order] = await Promise.all([taken(queue), pushAll(queue, indices)]);
  expect(order).toEqual(indices);
});

test.each([
  ['queue', inOrder],
  ['hand-over', makeHandOver],
])('an error of one side of a %s reaches the other', async (_, make) => {
  const failed = make();
  const lost = taken(failed);
  failed.end(new Error('no power'));
  await expect(lost).rejects.toThrow('no power');
  const unwanted = make();
  const pushing = pushAll(unwanted, backwards.toReversed());
  unwanted.cancel();
  await expect(pushing).rejects.toThrow('not wanted');
});
