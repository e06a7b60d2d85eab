import { expect, test } from 'vitest';
import { crc32, crc32InScript } from '../../src/files/crc32.js';
import { makeRandom } from '../../src/math/random.js';

test.each([
  ['script', crc32InScript],
  ['here', crc32],
])('the check value of CRC-32 (%s)', (_, crc) => {
  expect(crc(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  expect(crc(new Uint8Array())).toBe(0);
});

test('parts one after another give the whole, at any cut', () => {
  const random = makeRandom(1);
  const bytes = Uint8Array.from({ length: 1000 }, () => random.integer(256));
  for (const cut of [0, 1, 7, 8, 9, 500, 1000]) {
    const before = crc32InScript(bytes.subarray(0, cut));
    expect(crc32InScript(bytes.subarray(cut), before)).toBe(crc32(bytes));
  }
});
