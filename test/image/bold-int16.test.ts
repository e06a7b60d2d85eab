import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { int16Coder, int16Storage } from '../../src/image/bold-int16.js';
import { writeSeries } from '../../src/image/write-nifti.js';
import { makeRandom } from '../../src/math/random.js';
import { gauss, seriesOfValues } from '../workflow/simulate.js';

const PLUMB = [
  [2, 0, 0, 0],
  [0, 2, 0, 0],
  [0, 0, 2, 0],
] as const;
const TOKENS = 12;
const PROMPTS = 40;
const VOLUMES = TOKENS * PROMPTS;
const prompts = Array.from({ length: VOLUMES }, (_, v) => Math.floor(v / TOKENS)); // [volumes]

/** Units that wander, that sit beside a step but for one spike, and that never change. */
function pseudoBold(): Float64Array[] {
  const random = makeRandom(1);
  return prompts.map((_, v) =>
    Float64Array.of(
      10000 + 100 * gauss(random),
      10000 + 3 * gauss(random),
      9995.43 + (v === 99 ? 100 * Math.sqrt(VOLUMES) : 0),
      10000,
    ),
  ); // [volumes][units]
}

const values = pseudoBold();
const largest = Math.max(...values.flatMap((row) => [...row]));
const storage = int16Storage(largest, prompts);
function decode(): Float64Array[] {
  const code = int16Coder(storage, 4);
  return values.map((row) => Float64Array.from(code(row, 0), (q) => q * storage.slope));
}
const stored = decode();
const errors = (u: number) => values.map((row, v) => stored[v][u] - row[u]);

test('the step is as fine as the largest value allows, and 10000 a whole number of steps', () => {
  const far = int16Storage(15000, prompts);
  expect(far.slope).toBeGreaterThanOrEqual(15000 / 32767);
  expect(far.slope).toBeLessThan((15000 / 32767) * 1.0001);
  expect(10000 / far.slope).toBeCloseTo(Math.round(10000 / far.slope), 9);
  expect(storage.slope).toBe(0.4);
  expect(Math.max(...stored.flatMap((row) => [...row]))).toBeLessThanOrEqual(32767 * storage.slope);
  expect(new Set(stored.map((row) => row[3]))).toEqual(new Set([stored[0][3]]));
  expect(Math.abs(stored[0][3] - 10000)).toBeLessThan(1e-9);
  expect(int16Coder(storage, 1)([0], 0)[0]).toBe(0);
});

test.each([0, 1, 2])(
  'unit %i errs by 1/500 sd at most (rms), by one and a half steps in any volume',
  (u) => {
    const rms = Math.sqrt(errors(u).reduce((sum, e) => sum + e * e, 0) / VOLUMES);
    expect(rms).toBeLessThan(100 / 500);
    expect(rms).toBeGreaterThan(storage.slope / 8);
    expect(Math.max(...errors(u).map(Math.abs))).toBeLessThanOrEqual(1.5 * storage.slope);
  },
);

test('the mean of a prompt errs by half a step over its number of volumes at most', () => {
  for (let u = 0; u < 4; u++) {
    for (let p = 0; p < PROMPTS; p++) {
      const own = errors(u).slice(p * TOKENS, (p + 1) * TOKENS);
      const mean = own.reduce((sum, e) => sum + e, 0) / TOKENS;
      expect(Math.abs(mean)).toBeLessThanOrEqual(storage.slope / 2 / TOKENS + 1e-12);
    }
  }
});

test('rounding to the nearest would err more: the error carried on is what keeps means', () => {
  const sum = (own: number[]) => Math.abs(own.reduce((a, e) => a + e, 0));
  const nearest = values.map((row) => Math.round(row[1] / storage.slope) * storage.slope - row[1]);
  const worst = (all: number[]) =>
    Math.max(
      ...Array.from({ length: PROMPTS }, (_, p) => sum(all.slice(p * TOKENS, (p + 1) * TOKENS))),
    );
  expect(worst(nearest)).toBeGreaterThan(4 * worst(errors(1)));
});

test('a volume a prompt is rounded to the nearest step', () => {
  const each = int16Storage(
    largest,
    prompts.map((_, v) => v),
  );
  const code = int16Coder(each, 4);
  for (const row of values) {
    const nearest = row.map((s) => Math.round(s / each.slope));
    expect([...code(row, 0)]).toEqual([...nearest]);
  }
});

test('the file is at most half of float32, and the same again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'int16-'));
  const shape = [100, 32, 4] as const;
  const units = 98 * 30 * 4; // within a border of one voxel
  const voxelOfUnit = Int32Array.from({ length: units }, (_, u) => {
    const row = Math.floor(u / 98);
    return 3200 * Math.floor(row / 30) + 100 * (1 + (row % 30)) + 1 + (u % 98);
  });
  const grid = { shape, affine: PLUMB, voxelOfUnit };
  const random = makeRandom(2);
  const bold = Float32Array.from({ length: 24 * units }, () => 10000 + 100 * gauss(random));
  const series = seriesOfValues(bold, units);
  const int16 = int16Storage(
    13000,
    Array.from({ length: 24 }, () => 0),
  );
  const sizeOf = async (name: string, options: object) => {
    await writeSeries(join(folder, name), { grid, series, repetitionTime: 1, ...options });
    return (await stat(join(folder, name))).size;
  };
  expect(await sizeOf('int16.nii.gz', { int16 })).toBeLessThan(
    (await sizeOf('float32.nii.gz', {})) / 2,
  );
  const other = seriesOfValues(bold, units, 24);
  await writeSeries(join(folder, 'again.nii.gz'), {
    grid,
    series: other,
    repetitionTime: 1,
    int16,
  });
  const [once, again] = ['int16', 'again'].map((name) => readFile(join(folder, `${name}.nii.gz`)));
  expect((await once).equals(await again)).toBe(true); // whatever the blocks
  await rm(folder, { recursive: true });
});

test('values that would need steps of more than 1/200 sd are refused', () => {
  expect(int16Storage(16383, prompts).slope).toBeLessThanOrEqual(0.5);
  expect(() => int16Storage(16400, prompts)).toThrow(/63 sd.*float32/s);
});
