import { expect, test } from 'vitest';
import { makeRandom } from '../../../src/math/random.js';
import { makeMemory } from '../../../src/math/wasm/memory.js';
import { compileRowKernel } from '../../../src/math/wasm/row-kernel.js';
import { kernelOfTypes } from '../../../src/math/wasm/row-types.js';

const random = makeRandom(5);
const numbers = (length: number) => Float64Array.from({ length }, () => random.uniform() - 0.5);

/** y = (y + value) * number: the order of rows and each row's number count. */
const kernel = kernelOfTypes((type) =>
  compileRowKernel({
    ...{ arrays: ['y'], written: ['y'], inputs: ['value'], type, numbers: ['number'], outputs: [] },
    body: [
      ...[['local.get', 'y'] as const, ['local.get', 'value'] as const, ['f64x2.add'] as const],
      ...[['local.get', 'number'] as const, ['f64x2.mul'] as const, ['local.set', 'y'] as const],
    ],
  }),
);

test.each([true, false])(
  'rows of both types come in turn, each with its number, fresh: %s',
  (fresh) => {
    for (const types of ['', 's', 'd', 'sd', 'dss', 'ssddsdd', 'dddddddddssssssssss']) {
      const units = 7;
      const memory = makeMemory([...kernel.needs, { type: 'float64', length: units, count: 1 }]);
      const run = kernel.in(memory);
      const y = memory.float64(units);
      y.set(numbers(units));
      const start = fresh ? new Float64Array(units) : y.slice();
      const rows = [...types].map((type) => ({
        value: type === 's' ? Float32Array.from(numbers(units)) : numbers(units),
      }));
      const factors = numbers(rows.length);
      run({ arrays: { y }, rows, numbers: factors, fresh })({ firstUnit: 0, units });
      const expected = start.map((own, u) =>
        rows.reduce((sum, { value }, r) => (sum + value[u]) * factors[r], own),
      );
      expect(y, types).toEqual(expected);
    }
  },
);
