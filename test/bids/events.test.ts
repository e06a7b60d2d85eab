import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatEvents, readEvents } from '../../src/bids/events.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'events-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string) {
  const path = join(folder, 'x_events.tsv');
  await writeFile(path, text);
  return readEvents(path);
}

const EVENTS = [
  { onset: 6, duration: 3, trialType: 'b', prompt: 'p3' },
  { onset: 0, duration: 3, trialType: 'a', prompt: 'p1' },
  { onset: 3, duration: 3, trialType: 'a', prompt: 'p2' },
];

test('events are written in order of onset with their block, and read again', async () => {
  const text = formatEvents(EVENTS, 'x.tsv');
  expect(text).toBe(
    'onset\tduration\ttrial_type\tprompt\tblock\tstim_file\n' +
      '0\t3\ta\tp1\t1\tx.tsv\n3\t3\ta\tp2\t1\tx.tsv\n6\t3\tb\tp3\t2\tx.tsv\n',
  );
  expect(await read(text)).toEqual([EVENTS[1], EVENTS[2], EVENTS[0]]);
});

test('modulation is written where there is some', async () => {
  const events = [EVENTS[1], { ...EVENTS[2], modulation: 0.5 }];
  const [first, second] = await read(formatEvents(events, 'x.tsv'));
  expect([first.modulation, second.modulation]).toEqual([1, 0.5]);
});

test('any BIDS events table is read: no trial type, Windows line ends, other columns', async () => {
  const events = await read('duration\tonset\tresponse\r\n1.5\t-2\tn/a\r\n0\t4e1\tleft\r\n');
  expect(events).toEqual([
    { onset: -2, duration: 1.5, trialType: 'trial' },
    { onset: 40, duration: 0, trialType: 'trial' },
  ]);
});

test.each([
  ['onset\ttrial_type\n1\ta\n', 'file/missing-column'],
  ['onset\tduration\n1\tn/a\n', 'events/no-time'],
  ['onset\tduration\nn/a\t1\n', 'events/no-time'],
  ['onset\tduration\n1\t-1\n', 'events/no-time'],
  ['onset\tduration\n1\n', 'file/ragged-table'],
  ['onset\tduration\none\t1\n', 'file/not-a-number'],
])('%j is refused', async (text, code) => {
  await expect(read(text)).rejects.toMatchObject({ code });
});

test('a missing file is refused', async () => {
  await expect(readEvents(join(folder, 'none.tsv'))).rejects.toMatchObject({
    code: 'file/not-found',
  });
});
