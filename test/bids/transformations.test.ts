import { describe, expect, test } from 'vitest';
import { transformed, type Variable, type Variables } from '../../src/bids/transformations.js';
import { Instruction } from '../../src/bids/transformations-schema.js';

const events = [
  { onset: 0, duration: 2, trialType: 'law' },
  { onset: 4, duration: 2, trialType: 'rest' },
  { onset: 8, duration: 3, trialType: 'law', modulation: 4 },
  { onset: 12, duration: 2, trialType: 'art' },
];
const START: Variables = new Map<string, Variable>([
  ['trial_type', { kind: 'labels', events, labels: events.map((e) => e.trialType) }],
  [
    'rt',
    {
      kind: 'events',
      events: [0.4, 1.5, 0.6, 0.9].map((modulation, i) => ({ ...events[i], modulation })),
    },
  ],
  ['wave', { kind: 'dense', values: Float64Array.of(1, 2, 3, 6) }],
  ['tilt', { kind: 'dense', values: Float64Array.of(2, 0, 1, 1) }],
]);
const run = (...steps: unknown[]) =>
  transformed(
    START,
    steps.map((step) => Instruction.parse(step)),
  );
const factor = { Name: 'Factor', Input: ['trial_type'] };
const dense = (variables: Variables, name: string) => {
  const own = variables.get(name);
  return own?.kind === 'dense' ? [...own.values] : null;
};
const heights = (variables: Variables, name: string) => {
  const own = variables.get(name);
  return own?.kind === 'events' ? own.events.map(({ modulation }) => modulation ?? 1) : null;
};

describe('events', () => {
  test('Factor makes a variable of each name, 0 at other events; Filter leaves events out before', () => {
    expect([...run(factor).keys()]).toEqual([
      'rt',
      'wave',
      'tilt',
      'trial_type.art',
      'trial_type.law',
      'trial_type.rest',
    ]);
    const filter = { Name: 'Filter', Input: ['trial_type'], Query: "trial_type != 'rest'" };
    expect([...run(filter, factor).keys()]).not.toContain('trial_type.rest');
    expect(heights(run(filter, factor), 'trial_type.law')).toEqual([1, 4, 0]);
    const only = { ...filter, Query: 'trial_type == "art"' };
    expect([...run(only, factor).keys()]).toEqual(['rt', 'wave', 'tilt', 'trial_type.art']);
  });
  test('Convolve marks the response of the variables that its patterns fit', () => {
    const law = run(factor, { Name: 'Convolve', Input: 'trial_type.*', Model: 'spm' }).get(
      'trial_type.law',
    );
    expect(law).toMatchObject({ response: { model: 'spm', derivative: false } });
  });
  test('Assign sets durations or amplitudes of one variable by another', () => {
    const step = {
      Name: 'Assign',
      Input: ['trial_type.law'],
      Target: ['trial_type.law'],
      InputAttr: 'duration',
    };
    expect(heights(run(factor, step), 'trial_type.law')).toEqual([2, 2, 3, 2]);
  });
  test('Assign to names before Factor, and Product after it: modulation of one condition', () => {
    const times = { Name: 'Assign', Input: ['rt'], Target: ['trial_type'], TargetAttr: 'duration' };
    const law = run(times, factor).get('trial_type.law');
    expect(law?.kind === 'events' && law.events.map(({ duration }) => duration)).toEqual([
      0.4, 1.5, 0.6, 0.9,
    ]);
    const names = ['trial_type.art', 'rt'];
    const product = run(factor, { Name: 'Product', Input: names, Output: ['art_rt'] });
    expect(heights(product, 'art_rt')).toEqual([0, 0, 0, 0.9]);
  });
  test('Filter of one variable by another', () => {
    const query = "trial_type in ['law', 'art'] and rt < 0.8";
    const fast = { Name: 'Filter', Input: ['rt'], By: ['trial_type'], Query: query };
    expect(heights(run(fast), 'rt')).toEqual([0.4, 0.6]);
    expect([...run(fast, factor).keys()]).toContain('trial_type.rest');
  });
  test('Demean of amplitudes', () => {
    expect(
      heights(run(factor, { Name: 'Demean', Input: ['trial_type.law'] }), 'trial_type.law'),
    ).toEqual([-0.25, -1.25, 2.75, -1.25]);
  });
});

describe('columns', () => {
  test('Scale: mean 0 and sd 1, by n - 1', () => {
    const scaled = dense(run({ Name: 'Scale', Input: ['wave'], Output: ['z'] }), 'z') ?? [];
    expect(scaled.reduce((a, b) => a + b)).toBeCloseTo(0, 12);
    expect(scaled.reduce((a, b) => a + b * b, 0)).toBeCloseTo(3, 12);
  });
  test('Product, Rename and Select', () => {
    const product = run({ Name: 'Product', Input: ['wave', 'tilt'], Output: ['both'] });
    expect(dense(product, 'both')).toEqual([2, 0, 3, 6]);
    const renamed = run(
      { Name: 'Rename', Input: ['wave'], Output: ['w'] },
      { Name: 'Select', Input: ['w'] },
    );
    expect([...renamed.keys()]).toEqual(['w']);
  });
});

test.each([
  ['Factor of numbers', [{ Name: 'Factor', Input: ['wave'] }]],
  ['Convolve of a column', [{ Name: 'Convolve', Input: ['wave'] }]],
  [
    'Product of events and columns',
    [factor, { Name: 'Product', Input: ['trial_type.law', 'wave'], Output: ['x'] }],
  ],
  ['Scale of what is not there', [{ Name: 'Scale', Input: ['speed'] }]],
  [
    'Scale after Convolve',
    [
      factor,
      { Name: 'Convolve', Input: ['trial_type.*'] },
      { Name: 'Scale', Input: ['trial_type.law'] },
    ],
  ],
  ['a query of what is not there', [{ Name: 'Filter', Input: ['trial_type'], Query: 'speed > 3' }]],
  ['a query of a column', [{ Name: 'Filter', Input: ['trial_type'], Query: 'wave > 3' }]],
  ['Filter of a column', [{ Name: 'Filter', Input: ['wave'], Query: 'wave > 3' }]],
  ['a name as an amplitude', [{ Name: 'Assign', Input: ['trial_type'], Target: ['rt'] }]],
])('%s is refused', (_, steps) => {
  expect(() => run(...steps)).toThrow(expect.objectContaining({ code: 'design/transformation' }));
});
