import { expect, test } from 'vitest';
import { makeDesign } from '../../../src/glm/design/design.js';
import { frameTimesOf } from '../../../src/glm/design/frame-times.js';
import { stretchesOf } from '../../../src/glm/stretches/stretches.js';
import { designOf } from '../prompts/prompt-data.js';

const frameTimes = frameTimesOf({ volumes: 40, repetitionTime: 1 });
const event = (onset: number, duration: number, trialType: string) => ({
  ...{ onset, duration, trialType },
});
const events = [event(4, 10, 'a'), event(14, 10, 'a'), event(30, 10, 'b')];
const design = makeDesign({ events, frameTimes });
const found = (lags: number, own = design) =>
  stretchesOf({ design: own, events, frameTimes, lags });

test('stretches go from one onset or end of an event to the next, rest among them', () => {
  const stretches = found(0)!;
  expect([...stretches.counts]).toEqual([4, 10, 10, 6, 10]);
  expect(stretches.prompts[1]).toBe('volumes 4 to 13');
  expect([...stretches.promptOf].map((g, t) => [g, t]).filter(([g]) => g === 3)).toEqual(
    [24, 25, 26, 27, 28, 29].map((t) => [3, t]),
  );
});

test('they end where the design changes', () => {
  const { promptOf } = found(0)!;
  const step = [...promptOf].map((g, t) => (t < 8 ? g : g + 1));
  const names = Object.fromEntries(design.names.map((name, j) => [name, j]));
  const column = (name: string) =>
    [...frameTimes].map((_, t) => design.values[t * design.names.length + names[name]]);
  const columns = Object.fromEntries(design.names.map((name) => [name, column(name)]));
  const own = found(0, designOf({ ...columns, late: step.map((_, t) => Number(t >= 8)) }))!;
  expect([...own.counts]).toEqual([4, 4, 6, 10, 6, 10]);
});

test('none are found where they would be too short for the lags', () => {
  expect(found(1)).not.toBe(null);
  expect(found(2)).toBe(null);
  const columns = (at: number) => ({
    a: [...frameTimes].map((t) => Number(t < at)),
    constant: frameTimes.map(() => 1),
  });
  const split = (at: number) =>
    stretchesOf({ design: designOf(columns(at)), events: [], frameTimes, lags: 3 });
  expect([...split(37)!.counts]).toEqual([37, 3]);
  expect(split(38)).toBe(null);
});

test('columns that change with every volume do not end them, unless they are many', () => {
  const constant = frameTimes.map(() => 1);
  const drift = designOf({ constant, drift: frameTimes });
  expect([...found(0, drift)!.counts]).toEqual([4, 10, 10, 6, 10]);
  expect(found(0, drift)!.within).toEqual([1]);
  expect(found(0)!.within).toEqual([]);
  const powers = (count: number) =>
    Array.from({ length: count }, (_, i) => [`t${i}`, frameTimes.map((t) => (t / 40) ** (1 + i))]);
  const drifting = (count: number) => designOf({ constant, ...Object.fromEntries(powers(count)) });
  expect(found(0, drifting(8))!.within.length).toBe(8);
  expect(found(0, drifting(9))).toBe(null);
});
