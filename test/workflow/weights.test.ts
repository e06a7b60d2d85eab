import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { moduleName } from '../../src/bids/units.js';
import { main } from '../../src/cli.js';
import { filesBelow } from '../../src/files/below.js';
import { openArray } from '../../src/files/open-array.js';
import { parseTsv, textColumn } from '../../src/files/tsv.js';
import { writeSafetensors } from '../../src/files/write-safetensors.js';
import { makeGrid } from '../../src/image/grid.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { readMap } from '../../src/image/voxels.js';
import { makeRandom } from '../../src/math/random.js';
import { findModules } from '../../src/model/find/modules.js';
import { locateModel } from '../../src/model/open/locate.js';
import { readSkeleton } from '../../src/onnx/skeleton.js';
import { openUnitWeights } from '../../src/onnx/unit-weights.js';
import { openRecordings } from '../../src/recording/read.js';
import { type FedMatrix, findFed, type LeftOut } from '../../src/workflow/weights/feeding.js';
import { maskName, masksOf } from '../../src/workflow/weights/masks.js';
import { type Ranking, rankWeights } from '../../src/workflow/weights/rank.js';
import { type FedRow, fedRows, rankedRows } from '../../src/workflow/weights/tables.js';
import { makeTop } from '../../src/workflow/weights/top.js';
import { writeSmallStudy } from './small-study.js';
import { captured } from './streams.js';

interface Truth {
  readonly units: readonly (readonly [path: string, index: number, z: number])[];
  readonly matrices: readonly {
    readonly mask: string;
    readonly rows: number;
    readonly weights: number;
    readonly share: number;
    readonly shareOfSum: number;
  }[];
  readonly first: readonly (readonly [
    mask: string,
    unit: number,
    input: number,
    weight: number,
    score: number,
  ])[];
}

/** fixtures/phantom-weights.py: what numpy makes of PyTorch's parameters, for two made-up networks. */
const TRUTH: Readonly<Record<string, Truth>> = JSON.parse(
  await readFile(join(import.meta.dirname, '../fixtures/phantom-weights.json'), 'utf8'),
);
const NAMES = Object.keys(TRUTH);

let folder: string;
let matrices: readonly FedMatrix[];
let leftOut: readonly LeftOut[];
let ranking: Ranking;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'));
  const { file, ...rest } = await locateModel('phantom');
  const modules = await findModules({ file, ...rest }, await readSkeleton(file));
  const names = new Map(modules.map((module) => [module.path, moduleName(module)]));
  const networks = Object.entries(TRUTH).map(([name, { units }]) => ({
    name,
    units: units.map(([path, index, z]) => ({ module: names.get(`/${path}`)!, index, z })),
  }));
  ({ matrices, leftOut } = findFed(networks, modules, await openUnitWeights(file)));
  ranking = await rankWeights(matrices, { networks: NAMES, count: 40 });
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(NAMES)('the weights that feed network %s', (name) => {
  test("are PyTorch's, in numpy's order", () => {
    const rows = rankedRows(ranking).filter(({ network }) => network === name);
    const { first } = TRUTH[name];
    expect(rows.map(({ rank }) => rank)).toEqual(first.map((_, i) => i + 1));
    for (const [i, [mask, unit, input, weight, score]] of first.entries()) {
      expect([maskName(rows[i].matrix), rows[i].unit, rows[i].input]).toEqual([mask, unit, input]);
      expect(Math.abs(rows[i].weight - weight)).toBeLessThan(1e-7);
      expect(Math.abs(rows[i].score - score)).toBeLessThan(1e-6);
    }
  });

  test('are counted, and so are the units without any', () => {
    const rows = fedRows(name, matrices, { leftOut, ranking });
    const { units, matrices: expected, first } = TRUTH[name];
    expect(rows.reduce((sum, row) => sum + row.units, 0)).toBe(units.length);
    const fed = rows.filter((row) => row.leftOut === null);
    expect(fed.map(({ mask, rows, weights, share }) => ({ mask, rows, weights, share }))).toEqual(
      expected.map(({ shareOfSum: _, ...truth }) => truth),
    );
    for (const [i, { mask, shareOfSum }] of expected.entries()) {
      expect(fed[i].shareOfSum).toBeCloseTo(shareOfSum, 6);
      expect(fed[i].listed).toBe(first.filter(([own]) => own === mask).length);
    }
    const without = rows.filter((row) => row.leftOut !== null);
    expect(without.map(({ module, leftOut }) => [module, leftOut])).toEqual(
      name === 'one' ? [['/decoder/layers.2/self_attn_layer_norm:output', 'none found']] : [],
    );
  });

  test('are ones and twos in the masks, each in its place, in the shape of PyTorch', async () => {
    const path = join(folder, `${name}.safetensors`);
    await writeSafetensors(path, masksOf(name, matrices, ranking.first.get(name)!));
    const { matrices: expected, first } = TRUTH[name];
    for (const { mask, weights, rows } of expected) {
      const array = await openArray(`${path}:${mask}`);
      const values = await array.read(0, array.rows);
      const isTable = mask.includes('embed');
      const [outputs, inputs] = isTable ? [array.columns, array.rows] : [array.rows, array.columns];
      expect(outputs).toBe(mask.includes('fc1') ? 512 : 128);
      expect(inputs).toBe(weights / rows);
      expect(values.filter((value) => value > 0)).toHaveLength(weights);
      const own = first.filter(([listed]) => listed === mask);
      expect(values.filter((value) => value === 2)).toHaveLength(own.length);
      for (const [, unit, input] of own) {
        expect(values[isTable ? input * 128 + unit : unit * inputs + input]).toBe(2);
      }
      await array.close();
    }
  });
});

test('the first of many are those that sorting all gives, ties in their order', () => {
  const random = makeRandom(1);
  const items = Array.from({ length: 20_000 }, (_, at) => ({ score: random.integer(500), at }));
  const top = makeTop<(typeof items)[number]>(130, (a, b) => a.at - b.at);
  for (const item of items.toReversed()) if (item.score >= top.least()) top.add(item);
  const sorted = items.toSorted((a, b) => b.score - a.score || a.at - b.at);
  expect(top.sorted()).toEqual(sorted.slice(0, 130));
  expect(top.least()).toBe(sorted[129].score);
});

describe('boldbridge lesion --rank-weights', () => {
  const TOP = ['--threshold', 'top', '--top', '25']; // of 4,608 units
  let recordings: string;
  beforeAll(async () => {
    recordings = join(folder, 'recordings');
    const modules = '["layers.*/fc1", "layers.*/activation_fn", "layers.*/residual"]';
    const study = await writeSmallStudy(folder, { modules, repeats: '1' });
    expect((await command('record', study, '--out', recordings)).code).toBe(0);
    expect((await command('glm', recordings)).code).toBe(0);
  });

  async function command(...argv: string[]) {
    const streams = captured();
    const code = await main([...argv, '--json'], streams);
    const [output, errors] = [streams.output(), streams.errors()];
    return { code, summary: code === 0 ? JSON.parse(output) : null, errors };
  }
  const column = async (out: string, table: string, name: string) =>
    textColumn(parseTsv(await readFile(join(folder, out, table), 'utf8'), table), name, table);

  test('every unit of the network is accounted for, and the masks hold what the tables say', async () => {
    const flags = ['--network', 'pathology', '--rank-weights', '60', ...TOP];
    const { summary } = await command('lesion', recordings, join(folder, 'ranked'), ...flags);
    const rows: readonly FedRow[] = summary.modules;
    expect(rows.reduce((sum, { units }) => sum + units, 0)).toBe(1152);
    expect(rows.some(({ leftOut }) => leftOut !== null)).toBe(true);
    const fed = rows.filter(({ leftOut }) => leftOut === null);
    expect(fed.reduce((sum, { listed }) => sum + listed!, 0)).toBe(60);
    for (const { mask, weights, rows, share, listed } of fed) {
      const array = await openArray(join(folder, 'ranked', `mask-pathology.safetensors:${mask}`));
      const values = await array.read(0, array.rows);
      expect(values.filter((value) => value > 0)).toHaveLength(weights!);
      expect(values.filter((value) => value === 2)).toHaveLength(listed!);
      expect(weights! / values.length).toBeCloseTo(share!, 12);
      expect(rows!).toBeLessThanOrEqual(512);
      await array.close();
    }
  });

  test('ranks follow |weight| x |z|, and z is that of the map', async () => {
    const all = await Promise.all(
      ['rank', 'module', 'unit', 'weight', 'z', 'score'].map((name) =>
        column('ranked', 'weights.tsv', name),
      ),
    );
    const [ranks, modules, units, weights, z, scores] = all;
    expect(ranks.map(Number)).toEqual(ranks.map((_, i) => i + 1));
    const [recording] = await openRecordings(recordings);
    const maps = join(recordings, 'derivatives/boldbridge-glm');
    const name = (await filesBelow(maps)).find((file) =>
      /task-pathology_contrast-pathology_stat-z_statmap\.nii\.gz$/.test(file),
    )!;
    const grid = makeGrid(recording.modules, recording.provenance.model);
    const map = await readMap(await openNifti(join(maps, name)));
    for (const [i, score] of scores.map(Number).entries()) {
      expect(score).toBeCloseTo(Math.abs(Number(weights[i]) * Number(z[i])), 10);
      if (i > 0) expect(score).toBeLessThanOrEqual(Number(scores[i - 1]));
      const module = recording.modules.find((own) => moduleName(own) === modules[i])!;
      const voxel = grid.voxelOfUnit[module.firstUnit + Number(units[i])];
      expect(Number(z[i])).toBeCloseTo(map[voxel], 4);
    }
  });

  test('all networks without a number: 1000 of each; the same again gives the same bytes', async () => {
    const run = (out: string) =>
      command('lesion', recordings, join(folder, out), ...TOP, '--rank-weights');
    const { summary } = await run('all');
    expect(summary.count).toBe(1000);
    const networks = await column('all', 'weights.tsv', 'network');
    expect(networks).toHaveLength(2000);
    await run('all-again');
    for (const file of ['weights.tsv', 'modules.tsv', 'mask-archeology.safetensors']) {
      const bytes = (out: string) => readFile(join(folder, out, file));
      expect((await bytes('all')).equals(await bytes('all-again')), file).toBe(true);
    }
  });

  test.each([
    [['--scale', '2'], 'cannot be used with'],
    [['--texts', '.'], 'cannot be used with'],
    [['--network', 'cooking'], 'data/no-network'],
    [['--model', 'no-such-model'], 'model/unknown'],
  ])('with %j it is refused, and nothing is left', async (flags, expected) => {
    const place = join(folder, 'no-weights');
    const { code, errors } = await command(
      'lesion',
      ...[recordings, place, '--rank-weights', '9', ...TOP, ...flags],
    );
    expect(code).toBe(2);
    expect(errors).toContain(expected);
    await expect(readFile(join(place, 'weights.tsv'))).rejects.toThrow('ENOENT');
  });
});
