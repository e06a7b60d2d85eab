import { expect, test } from 'vitest';
import { designPicture } from '../../src/report/design-picture.js';

const design = (columns: Record<string, readonly number[]>) => {
  const names = Object.keys(columns);
  const rows = columns[names[0]].length;
  const values = Float64Array.from({ length: rows * names.length }, (_, i) => {
    return columns[names[i % names.length]][Math.floor(i / names.length)];
  });
  return { names, rows, values };
};
const NONE = { t: [], f: [] };
const draw = (own: ReturnType<typeof design>, contrasts: object = {}) =>
  designPicture({
    design: own,
    contrasts: { ...NONE, ...contrasts },
    rows: 'volumes',
    title: 'sub-01 task-x',
  });

/** Black and white strokes: column, start and height. */
function strokes(svg: string, colour: string) {
  const [, path] = new RegExp(`<path stroke="${colour}" d="([^"]*)"`).exec(svg) ?? [];
  return [...(path ?? '').matchAll(/M([\d.]+) ([\d.]+)v([\d.]+)/g)].map(([, x, y, h]) => [
    (Number(x) - 11) / 22,
    Number(y) / 16,
    Number(h) / 16,
  ]);
}

test('a boxcar is white where it is on, black where off; a constant is white throughout', () => {
  const svg = draw(design({ on: [0, 1, 1, 0], constant: [1, 1, 1, 1], none: [0, 0, 0, 0] }));
  expect(strokes(svg, '#ffffff')).toEqual([
    [0, 1, 2],
    [1, 0, 4],
  ]);
  expect(strokes(svg, '#000000')).toEqual([
    [0, 0, 1],
    [0, 3, 1],
    [2, 0, 4],
  ]);
});

test('contrasts stand below as weights: t, and each row of an F test', () => {
  const half = { name: 'half', weights: new Map([['a', 0.5]]) };
  const difference = new Map([
    ['a', 1],
    ['b', -1],
  ]);
  const svg = draw(design({ a: [0, 1], b: [1, 0], 'c<d>': [1, 2] }), {
    t: [{ name: 'aMinusB', weights: difference }, half],
    f: [{ name: 'any', rows: [half, half] }],
  });
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
  expect(texts).toEqual([
    ...['sub-01 task-x', 'a', 'b', 'c&lt;d&gt;', '2 volumes'],
    ...['aMinusB', '1', '-1', 'half', '.5', 'any (F)', '.5', '', '.5'],
  ]);
  expect(svg.match(/fill="rgb\(190,0,0\)"/g)).toHaveLength(4);
  expect(svg.match(/fill="rgb\(0,0,190\)"/g)).toHaveLength(1);
});

test('a long design is averaged to 400 rows, and the picture stays below 150 kB', () => {
  const rows = 7001;
  const columns = Array.from({ length: 25 }, (_, j) => [
    `drift_${j}`,
    Array.from({ length: rows }, (_, t) => Math.cos((Math.PI * j * (t + 0.5)) / rows)),
  ]);
  const svg = draw(design(Object.fromEntries(columns)));
  expect(svg.length).toBeLessThan(150_000);
  const ends = [...svg.matchAll(/M[\d.]+ ([\d.]+)v([\d.]+)/g)].map(([, y, h]) => +y + +h);
  expect(Math.max(...ends)).toBe(400);
  expect(svg).toContain('7,001 volumes');
});
