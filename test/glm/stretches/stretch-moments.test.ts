import { describe, expect, test } from 'vitest';
import type { DesignMatrix } from '../../../src/core/design.js';
import type { Arrivals } from '../../../src/core/series.js';
import { parseContrast } from '../../../src/glm/contrast/contrast.js';
import { contrastMaps } from '../../../src/glm/contrast/contrast-maps.js';
import { orthonormalBasis } from '../../../src/glm/design/basis.js';
import { type Accumulator, fitGlm } from '../../../src/glm/fit/fit.js';
import { accumulateMoments, type Moments } from '../../../src/glm/fit/moments.js';
import { momentsOfStretches } from '../../../src/glm/stretches/stretch-moments.js';
import { largestRelative } from '../../golden/read.js';
import { seriesOf } from '../../golden/run.js';
import { arrivalsOf, designOf, onOff, promptNoise, promptsOf } from '../prompts/prompt-data.js';

const units = 30;
/** As short as there are lags, at the start, in between and at the end. */
const groups = promptsOf([9, 15, 17, 10, 9, 9, 12, 18, 13, 20, 9]);
const noise = promptNoise({ groups, units, icc: 0.3, seed: 4 });
const values = Float32Array.from(noise, (value, i) => value + 100 * (i % units)); // far from 0
const series = seriesOf({ values, units });
const { promptOf } = groups;
const { length: volumes } = promptOf;
const constant = promptOf.map(() => 1);
const on = promptOf.map((g) => g % 2);
const power = (k: number) => Float64Array.from(promptOf, (_, t) => (t / volumes) ** k);
const cosine = (k: number) =>
  Float64Array.from(promptOf, (_, t) => Math.cos((Math.PI * k * (t + 0.5)) / volumes));
const position = promptOf.map((g, t) => t - promptOf.indexOf(g));

/** Designs, and those of their columns that change within stretches. */
const DESIGNS: Record<string, readonly [DesignMatrix, readonly number[]]> = {
  blocks: [onOff(groups), []],
  polynomials: [
    designOf({ on, one: power(1), two: power(2), three: power(3), constant }),
    [1, 2, 3],
  ],
  cosines: [designOf({ one: cosine(1), two: cosine(2), on, constant }), [0, 1]],
  positions: [designOf({ on, position, constant }), [1]],
  'a line alone': [designOf({ line: power(1) }), [0]],
};
const arrivals = (length: number, seed: number) =>
  arrivalsOf({ values, units, groups, length, seed });

/** How a design is summed by stretches, and its basis. */
function byStretchOf(name: string, source?: Arrivals) {
  const [design, within] = DESIGNS[name];
  const accumulator = momentsOfStretches({ ...groups, within }, source);
  return { design, accumulator, basis: orthonormalBasis(design, accumulator) };
}
const { basis, accumulator } = byStretchOf('blocks');
const byStretch = accumulator.accumulate;

/** The sums with the design. */
const withDesign = ({ tiles }: Moments) =>
  Array.from({ length: tiles[0].sums.length / tiles[0].stride }, (_, r) =>
    tiles.flatMap(({ sums, stride, units: count }) => [
      ...sums.subarray(r * stride, r * stride + count),
    ]),
  ); // [rows][units]

/** Of numbers that may be near 0, the largest difference as a part of the largest of them. */
function largestDifference(actual: readonly number[], expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(...expected.map(Math.abs), Number.MIN_VALUE);
  return Math.max(...actual.map((value, i) => Math.abs(value - expected[i])), 0) / scale;
}

describe.each(Object.keys(DESIGNS))('sums of stretches, with %s', (name) => {
  const { design, basis: own, accumulator: ofDesign } = byStretchOf(name);

  test.each(
    [0, 1, 3, 9].flatMap((lags) => [true, false].map((shifted) => [lags, shifted] as const)),
  )('and %i lags are those over their volumes, shifted: %s', async (lags, shifted) => {
    const how = { series, basis: own, lags, shifted };
    const found = await ofDesign.accumulate(how);
    const expected = await accumulateMoments(how);
    for (const which of ['shift', 'total', 'squares', 'lagged', 'first', 'last'] as const)
      expect(largestDifference([...found[which]], [...expected[which]]), which).toBeLessThan(1e-12);
    const rows = withDesign(found);
    for (const [r, row] of withDesign(expected).entries())
      expect(largestDifference(rows[r], row), `row ${r}`).toBeLessThan(1e-11);
  });

  test.each([0, 1, 3])(
    'are the same to a digit in whatever order events come, %i lags',
    async (lags) => {
      const how = { series, basis: own, lags, shifted: true };
      const inOrder = await ofDesign.accumulate(how);
      for (const [length, seed] of [
        [3, 1],
        [8, 2],
        [30, 3],
      ]) {
        const { accumulate } = byStretchOf(name, arrivals(length, seed)).accumulator;
        expect(await accumulate(how)).toEqual(inOrder);
      }
    },
  );

  test.each(['ols', 'ar1', 'ar3'] as const)('lead to the fit of %s', async (noise) => {
    const contrast = parseContrast(design.names[0], design.names);
    const mapsBy = async (how?: { readonly accumulator: Accumulator }) =>
      contrastMaps(await fitGlm({ series, design, noise, ...how }), contrast);
    const found = await mapsBy({ accumulator: ofDesign });
    const expected = await mapsBy();
    for (const statistic of ['effect', 'variance', 't', 'z'] as const)
      expect(largestRelative(found[statistic], expected[statistic]), statistic).toBeLessThan(1e-7);
  });
});

/** The run's first, the last of the third stretch, the run's last. */
describe.each([
  [0, 'p0'],
  [40, 'p2'],
  [140, 'p10'],
])('a value of volume %i that is not finite', (volume, stretch) => {
  const broken = values.slice();
  broken[volume * units + 7] = Number.NaN;
  const own = seriesOf({ values: broken, units });

  test('is refused by its stretch and unit', async () => {
    const refusal = byStretch({ series: own, basis, lags: 1, shifted: true });
    await expect(refusal).rejects.toMatchObject({ code: 'data/not-finite' });
    await expect(refusal).rejects.toThrow(`in ${stretch}, unit 7`);
  });

  test('or its unit is masked, and the others stay as they are', async () => {
    const how = { basis, lags: 1, shifted: true, broken: 'mask' } as const;
    const found = await byStretch({ series: own, ...how });
    const whole = await byStretch({ series, ...how });
    expect([...found.broken.notFinite]).toEqual([7]);
    const masked = (all: ArrayLike<number>) => Array.from(all, (v, i) => (i % units === 7 ? 0 : v));
    for (const name of ['shift', 'total', 'squares', 'lagged', 'first', 'last'] as const)
      expect([...found[name]], name).toEqual(masked(whole[name]));
    expect(withDesign(found)).toEqual(withDesign(whole).map((row) => masked(row)));
  });
});

test('a series that is longer than the design is refused', async () => {
  const short = orthonormalBasis(designOf({ constant: new Array<number>(40).fill(1) }));
  const refusal = byStretch({ series, basis: short, lags: 0, shifted: true });
  await expect(refusal).rejects.toMatchObject({ code: 'data/volumes' });
});

test('censored volumes cannot be left out of sums of stretches', async () => {
  const censored = new Uint8Array(groups.promptOf.length);
  const how = { series, basis, lags: 0, shifted: true };
  expect((await byStretch({ ...how, censored })).units).toBe(units);
  censored[3] = 1;
  await expect(byStretch({ ...how, censored })).rejects.toThrow('all their volumes');
});
