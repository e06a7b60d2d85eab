import { expect, test } from 'vitest';
import { makeOutputPool, type Outputs } from '../../../src/model/scan/output-pool.js';

const outputs = (): Outputs => ({});

test('a pass is written into the outputs of the one before, of its own size', () => {
  const pool = makeOutputPool();
  const [prompt, token] = [outputs(), outputs()];
  expect(pool.take({ sequences: 2, tokens: 9 })).toBeNull();
  pool.put({ sequences: 2, tokens: 9, outputs: prompt }, 1);
  expect(pool.take({ sequences: 2, tokens: 1 })).toBeNull();
  pool.put({ sequences: 2, tokens: 1, outputs: token }, 1);
  expect(pool.take({ sequences: 2, tokens: 1 })).toBe(token);
});

test('outputs that are to stand are not written into before others have come', () => {
  const pool = makeOutputPool();
  const passes = Array.from({ length: 5 }, outputs);
  const size = { sequences: 1, tokens: 1 };
  const taken = passes.map((own) => {
    const free = pool.take(size);
    pool.put({ ...size, outputs: own }, 3);
    return free;
  });
  expect(taken.map((own) => passes.indexOf(own as Outputs))).toEqual([-1, -1, -1, 0, 1]);
});

test('outputs of one token serve the next sequences, those of prompts do not', () => {
  const pool = makeOutputPool();
  const [prompt, token] = [outputs(), outputs()];
  pool.put({ sequences: 2, tokens: 9, outputs: prompt }, 4);
  pool.put({ sequences: 2, tokens: 1, outputs: token }, 4);
  pool.end();
  expect(pool.take({ sequences: 2, tokens: 9 })).toBeNull();
  expect(pool.take({ sequences: 2, tokens: 1 })).toBe(token);
});

test('outputs of another number of sequences are given up', () => {
  const pool = makeOutputPool();
  pool.put({ sequences: 8, tokens: 1, outputs: outputs() }, 1);
  pool.end();
  expect(pool.take({ sequences: 3, tokens: 1 })).toBeNull();
  expect(pool.take({ sequences: 8, tokens: 1 })).toBeNull();
});
