import { describe, expect, test } from 'vitest';
import { orthonormalBasis } from '../../../src/glm/design/basis.js';
import { lagWeights } from '../../../src/glm/stretches/lag-weights.js';
import { makeRandom } from '../../../src/math/random.js';
import { designOf, promptsOf } from '../prompts/prompt-data.js';

const { promptOf, counts } = promptsOf([7, 12, 9, 7, 20, 8]);
const { length: volumes } = promptOf;
const firsts = Array.from(counts, (_, s) => promptOf.indexOf(s));
const constant = promptOf.map(() => 1);
const on = promptOf.map((g) => Number(g % 3 === 1));
const of = (value: (t: number) => number) => Float64Array.from(promptOf, (_, t) => value(t));
const cosine = (k: number) => of((t) => Math.cos((Math.PI * k * (t + 0.5)) / volumes));
const position = of((t) => t - firsts[promptOf[t]]);

/** What changes within stretches. */
const COLUMNS = {
  nothing: [],
  polynomials: [1, 2, 3, 4].map((k) => of((t) => (t / volumes) ** k)),
  cosines: [1, 2, 5].map(cosine),
  positions: [position],
  'positions squared': [position, position.map((t) => t ** 2)],
  'positions of one kind': [position.map((t, i) => t * on[i])],
  'a response': [of((t) => 1 - 0.7 ** (t - firsts[promptOf[t]]))],
  noise: [of(makeRandom(3).uniform)],
};
type Name = keyof typeof COLUMNS;

function cutOf(name: Name) {
  const moving = Object.fromEntries(COLUMNS[name].map((values, k) => [`moving ${k}`, values]));
  const design = designOf({ on, constant, ...moving });
  return { basis: orthonormalBasis(design), firsts, within: COLUMNS[name].length };
}

describe.each([1, 2, 5, 7])('at lags to %i', (lags) => {
  test.each(['nothing', 'polynomials', 'cosines', 'positions'] as const)(
    'what sums weigh is what every volume does, with %s',
    (name) => {
      const { basis, ...cut } = cutOf(name);
      const { q, columns: p, rows } = basis;
      const { atEnd, steps } = lagWeights({ basis, ...cut }, lags)!;
      const at = (t: number, j: number) => (t >= 0 && t < rows ? q[t * p + j] : 0);
      for (const [l, own] of atEnd.entries()) {
        const lag = l + 1;
        const weights = new Float64Array(rows * p);
        for (let t = 0; t < rows; t++)
          for (let j = 0; j < p; j++)
            for (let i = 0; i < p; i++) weights[t * p + j] += own[i * p + j] * at(t, i);
        for (let k = 0; k < lags; k++)
          for (let j = 0; j < p; j++) {
            weights[k * p + j] += own[(p + k) * p + j];
            weights[(rows - 1 - k) * p + j] += own[(p + lags + k) * p + j];
          }
        for (const [s, first] of firsts.entries())
          for (let k = 0; s > 0 && k < lag; k++)
            for (let j = 0; j < p; j++) {
              weights[(first - 1 - k) * p + j] += steps[s * p + j];
              weights[(first + k) * p + j] -= steps[s * p + j];
            }
        for (let t = 0; t < rows; t++)
          for (let j = 0; j < p; j++)
            expect(weights[t * p + j]).toBeCloseTo(at(t + lag, j) + at(t - lag, j), 11);
      }
    },
  );
});

test.each(['positions squared', 'positions of one kind', 'a response', 'noise'] as const)(
  'there are none with %s, but without lags',
  (name) => {
    expect(lagWeights(cutOf(name), 1)).toBe(null);
    expect(lagWeights(cutOf(name), 0)).not.toBe(null);
  },
);
