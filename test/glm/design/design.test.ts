import { describe, expect, test } from 'vitest';
import { makeDesign } from '../../../src/glm/design/design.js';
import { frameTimesOf } from '../../../src/glm/design/frame-times.js';
import type { Hrf } from '../../../src/glm/design/hrf.js';
import { CONFIGURATIONS, designOf } from '../../golden/configurations.js';
import { table } from '../../golden/read.js';

describe.each(CONFIGURATIONS)('%s', (name, config) => {
  test.each([1, 2])("run %i: nilearn's columns to 1e-9", (run) => {
    const expected = table(`${name}/run-${run}_design.tsv`);
    const { names, rows, values } = designOf(config, run);
    expect(names).toEqual(expected.names);
    expect(rows).toBe(expected.length);
    names.forEach((column, j) => {
      const wanted = expected.number(column);
      for (let t = 0; t < rows; t++) {
        expect(Math.abs(values[t * names.length + j] - wanted[t])).toBeLessThan(1e-9);
      }
    });
  });
});

const frameTimes = frameTimesOf({ volumes: 20, repetitionTime: 1 });
const event = (trialType: string, onset: number, duration = 4) => ({ trialType, onset, duration });
const events = [event('law', 2), event('cooking', 10)];

test('a boxcar follows its event, and a modulation its height', () => {
  const design = makeDesign({ events: [{ ...event('a', 5, 3), modulation: 2 }], frameTimes });
  const column = Array.from({ length: 20 }, (_, t) => design.values[2 * t]);
  expect(column).toEqual([0, 0, 0, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
});

test.each([1, 0.8, 2.5, 3])(
  'it is 1 in all its volumes, however long the run, of %f s each',
  (tr) => {
    for (let blocks = 2; blocks < 60; blocks++) {
      const times = frameTimesOf({ volumes: 12 * blocks, repetitionTime: tr });
      const own = Array.from({ length: blocks }, (_, b) =>
        event(b % 2 ? 'on' : 'off', 12 * b * tr, 12 * tr),
      );
      const { values, rows } = makeDesign({ events: own, frameTimes: times, conditions: ['on'] });
      const column = Array.from({ length: rows }, (_, t) => values[2 * t]);
      expect(column).toEqual(column.map((_, t) => Math.floor(t / 12) % 2));
    }
  },
);

test('names are kept exactly, conditions sorted, and only those asked for', () => {
  const confounds = [{ name: 'trial-wise a+b', values: frameTimes.map((t) => t % 3) }];
  const design = makeDesign({ events, frameTimes, confounds });
  expect(design.names).toEqual(['cooking', 'law', 'trial-wise a+b', 'constant']);
  expect(makeDesign({ events, frameTimes, conditions: ['law'] }).names).toEqual([
    'law',
    'constant',
  ]);
});

test.each([
  ['events/none', { events: [] }],
  ['events/beyond-run', { events: [event('a', 20)] }],
  ['events/beyond-run', { events: [event('a', 10, 11.5)] }],
  ['events/negative', { events: [event('a', -1)] }],
  ['events/negative', { events: [event('a', 1, -1)] }],
  ['events/not-finite', { events: [event('a', Number.NaN)] }],
  ['events/not-finite', { events: [{ ...event('a', 1), modulation: Number.NaN }] }],
  ['events/duplicate', { events: [event('a', 1), event('b', 1), event('a', 1)] }],
  ['events/no-trial-type', { events: [event('a', 1), event('', 1)] }],
  ['events/no-trial-type', { events: [event('n/a', 1)] }],
  ['design/name', { events: [event('a ', 1)] }],
  ['design/name', { confounds: [{ name: 'x\ty', values: frameTimes }] }],
  ['design/name', { confounds: [{ name: '', values: frameTimes }] }],
  ['design/fir-delays', { hrf: 'fir', firDelays: [] } as const],
  ['design/fir-delays', { hrf: 'fir', firDelays: [0, 0] } as const],
  ['design/fir-delays', { hrf: 'fir', firDelays: [-1] } as const],
  ['design/fir-delays', { hrf: 'fir', firDelays: [0.5] } as const],
  ['design/fir-delays', { hrf: 'spm', firDelays: [1] } as const],
  [
    'design/duplicate-name',
    { hrf: 'fir', confounds: [{ name: 'law_delay_0', values: frameTimes }] } as const,
  ],
  ['design/frame-times', { frameTimes: Float64Array.of(0, 1, 1) }],
  ['design/unknown-condition', { conditions: ['law', 'physics'] }],
  ['design/drift', { drift: { model: 'cosine', highPass: Number.NaN } as const }],
  ['design/confound', { confounds: [{ name: 'x', values: [1, 2] }] }],
  ['design/confound', { confounds: [{ name: 'x', values: frameTimes.map(() => Number.NaN) }] }],
  ['design/duplicate-name', { confounds: [{ name: 'law', values: frameTimes }] }],
  ['design/duplicate-name', { events: [event('constant', 1)] }],
  ['design/too-few-rows', { drift: { model: 'cosine', highPass: 0.5 } as const }],
])('refuses with %s', (code, fault) => {
  expect(() => makeDesign({ events, frameTimes, ...fault })).toThrow(
    expect.objectContaining({ code }),
  );
});

test('an event that ends within a volume after the run is allowed', () => {
  expect(makeDesign({ events: [event('a', 17, 3.9)], frameTimes }).rows).toBe(20);
});

test('a rank-deficient design names the columns at fault, and only them', () => {
  const twin = { name: 'twin', values: frameTimes.map((t) => (t >= 2 && t < 6 ? 3 : 0)) };
  expect(() => makeDesign({ events, frameTimes, confounds: [twin] })).toThrow(/: law, twin\./);
  const whole = [event('on', 0, 10), event('off', 10, 10)];
  expect(() => makeDesign({ events: whole, frameTimes })).toThrow(/: off, on, constant\./);
  expect(() => makeDesign({ events: [event('a', 3.2, 0.1), ...events], frameTimes })).toThrow(
    /: a\./,
  );
});

test('columns of several dependences are all named', () => {
  const copy = (name: string, of: string) => ({
    name,
    values: frameTimes.map((t) => ((of === 'law' ? t >= 2 && t < 6 : t >= 10 && t < 14) ? 1 : 0)),
  });
  const free = { name: 'free', values: frameTimes.map((t) => t * t) };
  const confounds = [copy('law 2', 'law'), free, copy('cooking 2', 'cooking')];
  expect(() => makeDesign({ events, frameTimes, confounds })).toThrow(
    /: cooking, law, law 2, cooking 2\./,
  );
});

test('columns are named as nilearn names them', () => {
  const names = (hrf: Hrf, firDelays?: number[]) =>
    makeDesign({ events, frameTimes, hrf, ...(firDelays && { firDelays }) }).names;
  expect(names('glover + derivative + dispersion').slice(0, 4)).toEqual([
    'cooking',
    'cooking_derivative',
    'cooking_dispersion',
    'law',
  ]);
  expect(names('fir', [0, 3])).toEqual([
    'cooking_delay_0',
    'cooking_delay_3',
    'law_delay_0',
    'law_delay_3',
    'constant',
  ]);
});
