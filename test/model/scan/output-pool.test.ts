import { expect, test } from 'vitest';
import { makeOutputPool, type Outputs } from '../../../src/model/scan/output-pool.js';

const outputs = (): Outputs => ({});

test('a pass is written into the outputs of the one before, of its own size', () => {
  const pool = makeOutputPool();
  const [prompt, token] = [outputs(), outputs()];
  expect(pool.take({ sequences: 2, tokens: 9 })).toBeNull();
  pool.put({ sequences: 2, tokens: 9, outputs: prompt });
  expect(pool.take({ sequences: 2, tokens: 1 })).toBeNull();
  pool.put({ sequences: 2, tokens: 1, outputs: token });
  expect(pool.take({ sequences: 2, tokens: 1 })).toBe(token);
});

test('outputs of one token serve the next sequences, those of prompts do not', () => {
  const pool = makeOutputPool();
  const [prompt, token] = [outputs(), outputs()];
  pool.put({ sequences: 2, tokens: 9, outputs: prompt });
  pool.put({ sequences: 2, tokens: 1, outputs: token });
  pool.end();
  expect(pool.take({ sequences: 2, tokens: 9 })).toBeNull();
  expect(pool.take({ sequences: 2, tokens: 1 })).toBe(token);
});

test('outputs of another number of sequences are given up', () => {
  const pool = makeOutputPool();
  pool.put({ sequences: 8, tokens: 1, outputs: outputs() });
  pool.end();
  expect(pool.take({ sequences: 3, tokens: 1 })).toBeNull();
  expect(pool.take({ sequences: 8, tokens: 1 })).toBeNull();
});
