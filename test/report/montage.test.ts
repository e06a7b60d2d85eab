import { expect, test } from 'vitest';
import { placeUnits } from '../../src/core/module.js';
import { makeGrid } from '../../src/image/grid.js';
import { montage } from '../../src/report/montage.js';

const modules = placeUnits([
  { path: '/embed', depth: 'embedding', kind: 'output', tensor: 'e', width: 16 },
  { path: '/layers.0/fc', depth: 0, kind: 'output', tensor: 'f', width: 16 },
]);
const grid = makeGrid(modules, { headWidth: null });
const z = Array.from({ length: 32 }, (_, unit) => (unit % 2 ? 1 : -1) * (unit / 4));
const active = z.map((value) => Number(Math.abs(value) > 3));

function draw(name = 'task') {
  const slices = new Map<number, string>([
    [1, 'embedding'],
    [2, 'layer 0'],
  ]);
  return montage({ title: 'T', caption: 'C', rows: [{ name, z, active }], grid, slices });
}

test('every active unit is drawn once, in its colour’s path', () => {
  const squares = [...draw().matchAll(/<path stroke="rgb[^"]*" d="([^"]*)"/g)]
    .map(([, path]) => path.match(/M\d+ \d+h1/g)?.length ?? 0)
    .reduce((a, b) => a + b, 0);
  expect(squares).toBe(active.reduce((a, b) => a + b));
});

test('names are escaped, and the same maps give the same picture', () => {
  expect(draw('a < b & c')).toContain('a &#60; b &#38; c');
  expect(draw()).toBe(draw());
});
