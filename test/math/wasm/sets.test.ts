import { expect, test } from 'vitest';
import { rowSums } from '../../../src/math/row-sums.js';
import { makeMemory } from '../../../src/math/wasm/memory.js';
import { makeSets } from '../../../src/math/wasm/sets.js';

const units = 5000;
const range = { firstUnit: 0, units: 4096 };

test('sets are apart from each other, the first of them in the memory that has room', () => {
  const kind = rowSums(units);
  const memory = makeMemory(kind.needs(3));
  const next = makeSets(kind, memory, 3);
  const sets = Array.from({ length: 20 }, next);
  expect(sets.map(({ sums }) => memory.holds(sums))).toEqual(sets.map((_, s) => s < 3));
  const rows = sets.map((_, s) => new Float32Array(units).fill(s));
  for (const [s, { sums }] of sets.entries()) sums.fill(s);
  for (const [s, { add }] of sets.entries()) add([rows[s], rows[s]])(range);
  for (const [s, { sums }] of sets.entries())
    expect(sums).toEqual(new Float64Array(units).fill(3 * s, 0, 4096).fill(s, 4096));
});
