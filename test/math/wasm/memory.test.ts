import { expect, test } from 'vitest';
import { isPossible, makeMemory, type Need } from '../../../src/math/wasm/memory.js';

const NEEDS: Need[] = [
  { type: 'float64', length: 8192, count: 3 },
  { type: 'float32', length: 7, count: 2 },
  { type: 'uint32', length: 1, count: 1 },
];

test('arrays are of zeros, lie apart from each other, and are known to be there', () => {
  const memory = makeMemory(NEEDS);
  const arrays = NEEDS.flatMap(({ type, length, count }) =>
    Array.from({ length: count }, () => memory[type](length)),
  );
  for (const [i, array] of arrays.entries()) {
    expect([...new Set(array)]).toEqual([0]);
    expect(memory.holds(array)).toBe(true);
    array.fill(i + 1);
  }
  for (const [i, array] of arrays.entries()) expect([...new Set(array)]).toEqual([i + 1]);
  expect(memory.holds(new Float64Array(3))).toBe(false);
});

test('arrays of one length begin on different lines of 4096 bytes', () => {
  const memory = makeMemory(NEEDS);
  const lines = [0, 1, 2].map(() => memory.float64(8192).byteOffset % 4096);
  expect(new Set(lines).size).toBe(3);
});

test('more than was needed is not given', () => {
  const memory = makeMemory([{ type: 'float64', length: 5, count: 1 }]);
  memory.float64(5);
  expect(() => memory.float64(5)).toThrow('no room');
});

test('one memory has no more than 32 bits can address', () => {
  expect(isPossible([{ type: 'float64', length: 2 ** 20, count: 511 }])).toBe(true);
  expect(isPossible([{ type: 'float64', length: 2 ** 20, count: 512 }])).toBe(false);
});
