import { expect, test } from 'vitest';
import { driftRegressors } from '../../../src/glm/design/drift.js';
import { frameTimesOf } from '../../../src/glm/design/frame-times.js';
import { HRFS, hrfKernels } from '../../../src/glm/design/hrf.js';
import { conditionRegressors } from '../../../src/glm/design/regressors.js';
import { roundHalfEven } from '../../../src/math/round.js';

test.each([
  ['spm', 5, 16],
  ['glover', 5, 12],
] as const)('%s rises to a peak near 5 s, dips after 10 s, and sums to 1', (hrf, peak, dip) => {
  const [kernel] = hrfKernels(hrf, 2);
  const seconds = (index: number) => (index * 32) / kernel.length;
  expect(kernel.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  expect(Math.abs(seconds(kernel.indexOf(Math.max(...kernel))) - peak)).toBeLessThan(0.6);
  expect(Math.abs(seconds(kernel.indexOf(Math.min(...kernel))) - dip)).toBeLessThan(1.5);
});

test('a long event reaches a plateau of its modulation, and events add', () => {
  const frameTimes = frameTimesOf({ volumes: 80, repetitionTime: 1 });
  const event = { onset: 10, duration: 50, trialType: 'a' };
  const of = (modulation: number) =>
    conditionRegressors({ events: [{ ...event, modulation }], frameTimes, hrf: 'spm' })[0];
  expect(of(2)[50]).toBeCloseTo(2, 3);
  const twice = conditionRegressors({ events: [event, event], frameTimes, hrf: 'spm' })[0];
  twice.forEach((value, t) => {
    expect(value).toBeCloseTo(of(2)[t], 12);
  });
});

test('drifts are orthogonal to each other and to the constant', () => {
  const frameTimes = frameTimesOf({ volumes: 90, repetitionTime: 2, sliceTimeRef: 0.5 });
  for (const drift of [
    { model: 'cosine', highPass: 0.02 },
    { model: 'polynomial', order: 5 },
  ] as const) {
    const columns = [...driftRegressors(drift, frameTimes), frameTimes.map(() => 1)];
    expect(columns.length).toBe(drift.model === 'cosine' ? 8 : 6);
    for (const a of columns) {
      for (const b of columns) {
        const dot = a.reduce((sum, v, i) => sum + v * b[i], 0);
        if (a !== b) expect(Math.abs(dot)).toBeLessThan(1e-10);
      }
    }
  }
});

test('halves round to even', () => {
  expect([0.5, 1.5, 2.5, 2.4, 2.6].map(roundHalfEven)).toEqual([0, 2, 2, 2, 3]);
});

const frameTimes = frameTimesOf({ volumes: 120, repetitionTime: 2 });
const events = [10, 60, 130].map((onset) => ({ onset, duration: 1, trialType: 'a' }));
const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, v, i) => sum + v * b[i], 0);

test.each(HRFS.filter((hrf) => hrf !== 'fir'))('%s: columns are orthogonal', (hrf) => {
  const columns = conditionRegressors({ events, frameTimes, hrf });
  expect(columns).toHaveLength(hrf.split('+').length);
  columns.forEach((a, i) => {
    for (const b of columns.slice(0, i)) {
      expect(Math.abs(dot(a, b))).toBeLessThan(1e-12 * Math.sqrt(dot(a, a) * dot(b, b)) + 1e-15);
    }
  });
});

test.each(['spm', 'glover'] as const)('%s: the derivative takes up a shift in time', (hrf) => {
  const late = events.map((event) => ({ ...event, onset: event.onset + 0.3 }));
  const [shifted] = conditionRegressors({ events: late, frameTimes, hrf });
  const unexplained = (columns: Float64Array[]) => {
    const rest = columns.reduce((left, column) => {
      const weight = dot(left, column) / dot(column, column);
      return left.map((v, i) => v - weight * column[i]);
    }, shifted);
    return dot(rest, rest) / dot(shifted, shifted);
  };
  const alone = unexplained(conditionRegressors({ events, frameTimes, hrf }));
  const both = unexplained(conditionRegressors({ events, frameTimes, hrf: `${hrf} + derivative` }));
  expect(alone).toBeGreaterThan(0.003);
  expect(both).toBeLessThan(alone / 50);
});

test('fir: each delay is the boxcar so many volumes later', () => {
  const options = { frameTimes, hrf: 'fir', firDelays: [0, 1, 4] } as const;
  const whole = [20, 100].map((onset) => ({ onset, duration: 2, trialType: 'a' }));
  const columns = conditionRegressors({ events: whole, ...options });
  options.firDelays.forEach((delay, k) => {
    const on = [10 + delay, 50 + delay];
    columns[k].forEach((value, t) => {
      expect(value).toBeCloseTo(on.includes(t) ? 1 : 0, 12);
    });
  });
});
