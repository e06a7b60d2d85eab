import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readEventColumn } from '../../src/bids/event-columns.js';

test('further columns are variables, in order of onset, without their n/a', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'event-columns-'));
  const path = join(folder, 'events.tsv');
  const rows = ['4\t1\tb\t0.5\tleft', '0\t1\ta\tn/a\tright', '8\t2\ta\t2e-1\tn/a'];
  await writeFile(path, `onset\tduration\ttrial_type\trt\tside\n${rows.join('\n')}\n`);
  const [rt, side, own, none] = await Promise.all(
    ['rt', 'side', 'trial_type', 'speed'].map((name) => readEventColumn(path, name)),
  );
  await rm(folder, { recursive: true });
  expect(rt).toEqual({
    kind: 'events',
    events: [
      { onset: 4, duration: 1, trialType: 'b', modulation: 0.5 },
      { onset: 8, duration: 2, trialType: 'a', modulation: 0.2 },
    ],
  });
  expect(side).toMatchObject({ kind: 'labels', labels: ['right', 'left'] });
  expect([own, none]).toEqual([null, null]);
});
