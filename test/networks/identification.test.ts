import { expect, test } from 'vitest';
import { makeRandom } from '../../src/math/random.js';
import {
  accuracy,
  accuracyP,
  correspondence,
  type Fold,
  identify,
  METHODS,
} from '../../src/networks/identification.js';

const LABELS = ['x', 'y', 'z'];
const UNITS = 300;

/** Three tasks, each with units of its own; runs are signal x amplitude + noise. */
function simulate(seed: number, amplitude: number, runs: number) {
  const random = makeRandom(seed);
  const noise = () => random.uniform() + random.uniform() + random.uniform() - 1.5; // sd 0.5
  const signal = LABELS.map((_, l) =>
    Float64Array.from({ length: UNITS }, (_, u) => (u % 10 === l ? (u % 20 < 10 ? 1 : -1) : 0)),
  );
  const map = (l: number) => signal[l].map((value) => amplitude * value + noise());
  return Array.from({ length: runs }, () => LABELS.map((label, l) => ({ label, map: map(l) })));
}

/** Each run held out in turn; a network is the tenth of the units of largest |mean|. */
function foldsOf(runs: ReturnType<typeof simulate>): Fold[] {
  return runs.map((test, held) => {
    const training = runs.filter((_, r) => r !== held);
    const networks = LABELS.map((label, l) => {
      const z = Float64Array.from({ length: UNITS }, (_, u) =>
        training.reduce((sum, run) => sum + run[l].map[u], 0),
      );
      const cut = z.map(Math.abs).sort()[Math.floor(0.9 * UNITS)];
      return { label, z, active: Uint8Array.from(z, (v) => Number(Math.abs(v) >= cut)) };
    });
    return { networks, training: training.flat(), test };
  });
}

test.each(METHODS)('%s names tasks that differ', (method) => {
  const verdicts = foldsOf(simulate(1, 3, 4)).map((fold) => identify(fold, method));
  expect(accuracy(verdicts.flat())).toBe(1);
  const p = accuracyP(verdicts, { permutations: 999, random: makeRandom(2) });
  expect(p).toBe(0.001); // a shuffle as good has a chance of 6^-4
});

test.each(METHODS)('%s names tasks that do not differ at chance', (method) => {
  const seeds = Array.from({ length: 40 }, (_, i) => i + 10);
  const all = seeds.map((seed) =>
    foldsOf(simulate(seed, 0, 4)).map((fold) => identify(fold, method)),
  );
  expect(accuracy(all.flat(2))).toBeGreaterThan(0.25);
  expect(accuracy(all.flat(2))).toBeLessThan(0.42);
  const random = makeRandom(3);
  const p = all.map((verdicts) => accuracyP(verdicts, { permutations: 99, random }));
  expect(p.filter((value) => value <= 0.05).length).toBeLessThanOrEqual(6); // of 40; 2 expected
});

test('correspondence counts less activity in units that were less active as activity', () => {
  const network = {
    label: 'x',
    active: Uint8Array.from([1, 1, 0]),
    z: Float64Array.from([4, -5, 0]),
  };
  expect(correspondence(network, Float64Array.from([2, -4, 100]))).toBe(3);
  const empty = { ...network, active: new Uint8Array(3) };
  expect(correspondence(empty, Float64Array.from([2, -4, 100]))).toBe(0);
});
