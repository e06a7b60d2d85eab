import { describe, expect, test } from 'vitest';
import { addMoments } from '../../src/math/add-moments.js';
import { makeRandom } from '../../src/math/random.js';

const random = makeRandom(8);
const numbers = (length: number) => Float64Array.from({ length }, () => random.uniform() - 0.5);

describe.each([0, 1, 3, 9])('with %i lags', (lags) => {
  test.each([1, 7, 8, 9, 19])(
    '%i rows less a shift are added in turn, as products with those before',
    (n) => {
      for (const [Values, fresh] of [Float32Array, Float64Array].flatMap(
        (own) =>
          [
            [own, true],
            [own, false],
          ] as const,
      )) {
        const rows = Array.from({ length: n }, () => Values.from(numbers(5)));
        const several = () => Array.from({ length: lags }, () => numbers(5));
        const shift = numbers(5);
        const into = {
          shift,
          sums: numbers(5),
          squares: numbers(5),
          lagged: several(),
          last: several(),
        };
        const expected = structuredClone(into);
        if (fresh)
          for (const own of [expected.sums, expected.squares, ...expected.lagged, ...expected.last])
            own.fill(0);
        const before = expected.last.toReversed(); // of earlier volumes, the newest at the end
        for (const row of rows) {
          const d = Float64Array.from(row, (value, u) => value - shift[u]);
          for (let u = 0; u < 5; u++) {
            expected.sums[u] += d[u];
            expected.squares[u] += d[u] ** 2;
            for (const [l, sum] of expected.lagged.entries())
              sum[u] += d[u] * before.at(-1 - l)![u];
          }
          before.push(d);
        }
        const last = before.toReversed().slice(0, lags);
        addMoments(into, rows, fresh);
        expect(into).toEqual({ ...expected, last });
      }
    },
  );
});
