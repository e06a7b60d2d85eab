import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Series } from '../../../src/core/series.js';
import { PACKAGE_ROOT } from '../../../src/files/versions.js';
import { orthonormalBasis } from '../../../src/glm/design/basis.js';
import { makeDesign } from '../../../src/glm/design/design.js';
import { frameTimesOf } from '../../../src/glm/design/frame-times.js';
import { accumulateMoments, type Moments } from '../../../src/glm/fit/moments.js';
import { buildForTests } from '../../built.js';
import { seriesOf } from '../../golden/run.js';
import { normals } from '../simulate.js';

/** More volumes than are held at once, and units in several tiles, the last of them short. */
const volumes = 203;
const units = 9500;
const values = normals(volumes * units, 7).map((v) => 1000 + v); // [volumes, units]
const design = makeDesign({
  events: [20, 90, 150].map((onset) => ({ onset, duration: 20, trialType: 'task' })),
  frameTimes: frameTimesOf({ volumes, repetitionTime: 1 }),
});
const basis = orthonormalBasis(design);
const censored = Uint8Array.from({ length: volumes }, (_, t) =>
  Number([0, 45, 46, 121].includes(t)),
);
const series = seriesOf({ values, units, blockVolumes: 13 });
const job = { series, basis, lags: 2, shifted: true, censored };

/** The compiled sources, which alone have the thread's program. */
let compiled: typeof accumulateMoments;
/** Threads that were started, and those of them that have ended. */
let [started, ended] = [0, 0];

beforeAll(async () => {
  await buildForTests();
  const file = join(PACKAGE_ROOT, '.test-build/glm/fit/moments.js');
  const module = await import(/* @vite-ignore */ pathToFileURL(file).href);
  compiled = module.accumulateMoments;
  process.on('worker', (worker) => {
    started += 1;
    worker.once('exit', () => {
      ended += 1;
    });
  });
});

/** All sums, row by row. */
function numbersOf({ tiles, shift, total, squares, lagged, first, last }: Moments): Buffer {
  const rows = tiles.flatMap(({ sums, stride, units: count }) =>
    Array.from({ length: sums.length / stride }, (_, r) =>
      sums.subarray(r * stride, r * stride + count),
    ),
  );
  const all = [shift, total, squares, lagged, first, last, ...rows];
  return Buffer.concat(all.map((own) => Buffer.from(own.slice().buffer)));
}

describe('sums in threads', () => {
  afterEach(() => expect(ended).toBe(started));

  test.each([1, 2, 3])('%i threads give the sums of none, to the last bit', async (threads) => {
    const alone = await accumulateMoments(job);
    const own = await compiled({ ...job, threads });
    expect(numbersOf(own).equals(numbersOf(alone))).toBe(true);
  });

  test('the sums are those of the definition', async () => {
    const { total, squares, lagged, shift } = await accumulateMoments(job);
    const u = 2400;
    const d = Array.from({ length: volumes }, (_, t) =>
      censored[t] ? 0 : values[t * units + u] - values[units + u],
    );
    const sum = (of: (t: number) => number) => d.reduce((all, _, t) => all + of(t), 0);
    expect(shift[u]).toBe(values[units + u]);
    expect(total[u]).toBeCloseTo(
      sum((t) => d[t]),
      8,
    );
    expect(squares[u]).toBeCloseTo(
      sum((t) => d[t] ** 2),
      8,
    );
    expect(lagged[u]).toBeCloseTo(
      sum((t) => (t > 0 ? d[t] * d[t - 1] : 0)),
      8,
    );
    expect(lagged[units + u]).toBeCloseTo(
      sum((t) => (t > 1 ? d[t] * d[t - 2] : 0)),
      8,
    );
  });

  test('what the series throws passes on, and no thread stays', async () => {
    let during = 0;
    const before = started;
    async function* blocks() {
      yield { first: 0, volumes: 60, values: values.subarray(0, 60 * units) };
      while (started < before + 2) await new Promise((resolve) => setTimeout(resolve, 5));
      during = started;
      throw new Error('gone');
    }
    const broken: Series = { volumes, units, blocks };
    await expect(compiled({ ...job, series: broken, threads: 2 })).rejects.toThrow('gone');
    expect(during).toBe(before + 2);
  });

  test('what a thread throws passes on, and no thread stays', async () => {
    const short = { ...basis, q: null as unknown as Float64Array }; // fails where it is first read
    await expect(compiled({ ...job, basis: short, threads: 2 })).rejects.toThrow(TypeError);
  });

  test('values that are not finite are refused with the first place, as without threads', async () => {
    const spoiled = values.slice();
    spoiled[100 * units + 2300] = Number.NaN;
    spoiled[99 * units + 2400] = Number.POSITIVE_INFINITY;
    const bad = { ...job, series: seriesOf({ values: spoiled, units, blockVolumes: 13 }) };
    for (const accumulate of [compiled, accumulateMoments]) {
      await expect(accumulate({ ...bad, threads: 2 })).rejects.toMatchObject({
        code: 'data/not-finite',
        given: expect.stringContaining('volume 99, unit 2400'),
      });
    }
  });
});
