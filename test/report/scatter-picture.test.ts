import { expect, test } from 'vitest';
import { scatterPicture } from '../../src/report/scatter-picture.js';

const values = Array.from({ length: 20_000 }, (_, u) => 5 * Math.sin(u) + Math.cos(7 * u));
const of = (b: readonly number[], passes: readonly [number[], number[]] | null = null) =>
  scatterPicture({
    ...{ a: values, b, passes, slope: 1, intercept: 0, correlation: 1 },
    title: 'a < b & c',
    names: { a: 'ours', b: 'theirs' },
  });

/** Left and top of every square. */
const squares = (picture: string) =>
  [...picture.matchAll(/M([\d.]+) ([\d.]+)h5v5h-5z/g)].map(([, x, y]) => [Number(x), Number(y)]);

test('equal values lie on the diagonal, one square a bin', () => {
  const found = squares(of(values));
  expect(found.length).toBeGreaterThan(60);
  expect(found.length).toBeLessThanOrEqual(80);
  // The plot is 400 wide from x = 70, and 400 high from y = 44.
  for (const [x, y] of found) expect((x - 70) / 5).toBeCloseTo(79 - (y - 44) / 5, 6);
});

test('every unit is in the plot, and the file does not grow with them', () => {
  const found = squares(of(values.map((value, u) => value + Math.sin(3 * u))));
  for (const [x, y] of found) {
    expect(x).toBeGreaterThanOrEqual(70);
    expect(x).toBeLessThanOrEqual(465);
    expect(y).toBeGreaterThanOrEqual(44);
    expect(y).toBeLessThanOrEqual(439);
  }
  expect(of(values.map((value, u) => value + Math.sin(3 * u))).length).toBeLessThan(40_000);
});

test('bins of units that pass on one side alone have its colour', () => {
  const none = values.map(() => 0);
  const passes = (u: number) => none.map((_, i) => (i === u ? 1 : 0));
  const colours = (own: readonly [number[], number[]]) =>
    [...of(values, own).matchAll(/<path fill="(#\w+)"/g)].map(([, colour]) => colour);
  expect(colours([none, none])).not.toContain('#d55e00');
  expect(colours([passes(3), none])).toContain('#d55e00');
  expect(colours([none, passes(3)])).toContain('#e69f00');
  expect(colours([passes(3), passes(3)])).not.toContain('#d55e00');
});

test('names are escaped', () => {
  expect(of(values)).toContain('a &lt; b &amp; c');
});
