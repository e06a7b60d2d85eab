import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { unitCount } from '../../src/core/module.js';
import { parseTsv, textColumn } from '../../src/files/tsv.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { readMap } from '../../src/image/voxels.js';
import { makeRandom } from '../../src/math/random.js';
import { exportDataset } from '../../src/workflow/export.js';
import type { NetworksSummary } from '../../src/workflow/networks.js';
import { decoderModules, gauss, simulateRecording } from './simulate.js';
import { captured } from './streams.js';

/** Three tasks of three runs; each has units of its own, and two of them share some. */
const TASKS = ['x', 'y', 'z'];
const MODULES = decoderModules(2);
const UNITS = unitCount(MODULES);
const [PROMPTS, TOKENS] = [16, 4];

const responds = (task: number, unit: number) =>
  unit % 8 === task || (task < 2 && unit % 8 === 5) ? (unit % 3 === 0 ? -1 : 1) : 0;

const isOn = (prompt: number) => Math.floor(prompt / 2) % 2 === 1;

function recordingOf(task: number, run: number) {
  const random = makeRandom(100 * task + run);
  const values = new Float32Array(PROMPTS * TOKENS * UNITS);
  for (let p = 0; p < PROMPTS; p++) {
    for (let u = 0; u < UNITS; u++) {
      const level = (isOn(p) ? 3 * responds(task, u) : 0) + 0.5 * gauss(random);
      for (let k = 0; k < TOKENS; k++) values[(p * TOKENS + k) * UNITS + u] = level + gauss(random);
    }
  }
  const id = { task: TASKS[task], run };
  const made = simulateRecording({
    id,
    prompts: PROMPTS,
    tokens: TOKENS,
    modules: MODULES,
    values,
  });
  const volumes = made.volumes.map((volume) => ({
    ...volume,
    outputToken: `${TASKS[task]} ${run} p${volume.prompt + 1} ${volume.position}`,
  }));
  const stimuli = made.stimuli.map(({ event, text }, p) => ({
    event: { ...event, trialType: isOn(p) ? TASKS[task] : 'rest' },
    text: `${text.replace(/\s/g, ' ')} of ${TASKS[task]} ${run}`,
  }));
  return { ...made, volumes, stimuli };
}

const RECORDINGS = TASKS.map((_, t) => [1, 2, 3].map((run) => recordingOf(t, run))); // [tasks][runs]

/** A unit's values over all volumes of a task, their mean 0 and sd 1. */
function standardised(task: number, unit: number): number[][] {
  const own = RECORDINGS[task].map(({ values }) =>
    Array.from({ length: PROMPTS * TOKENS }, (_, v) => values[v * UNITS + unit]),
  ); // [runs][volumes]
  const all = own.flat();
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const sd = Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length);
  return own.map((values) => values.map((value) => (value - mean) / sd));
}

let folder: string;
let dataset: string;
let summary: NetworksSummary;
const out = (...path: string[]) => join(folder, 'found', ...path);

async function command(...argv: string[]) {
  const streams = captured();
  const code = await main([...argv, '--json'], streams);
  return { code, output: streams.output(), errors: streams.errors() };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-networks-'));
  dataset = join(folder, 'dataset');
  await exportDataset({ recordings: RECORDINGS.flat(), dataset, force: false });
  expect((await command('glm', dataset)).code).toBe(0);
  const { code, output } = await command('networks', dataset, out(), '--list', '3');
  expect(code).toBe(0);
  summary = JSON.parse(output);
});
afterAll(() => rm(folder, { recursive: true }));

describe('what was planted is found', () => {
  test('networks of the units that respond, and few others', () => {
    TASKS.forEach((name, t) => {
      const planted = Array.from({ length: UNITS }, (_, u) => responds(t, u)).filter(
        Boolean,
      ).length;
      const found = summary.networks.find(({ task }) => task === name)!;
      expect(found.active).toBeGreaterThanOrEqual(planted);
      expect(found.active).toBeLessThan(planted * 1.3);
      expect(found.units).toBe(UNITS);
      expect(found.runs).toBe(3);
    });
  });

  test('the pair that shares units shares more than by chance, the others do not', () => {
    const pair = (a: string, b: string) => summary.overlaps.find((o) => o.a === a && o.b === b)!;
    const xy = pair('x', 'y');
    expect(xy.both).toBeGreaterThan(1.5 * xy.expectedWithin);
    expect(xy.logPWithinCorrected).toBeLessThan(Math.log(0.001));
    for (const other of [pair('x', 'z'), pair('y', 'z')]) {
      expect(other.both).toBeLessThan(1.2 * other.expected);
      expect(other.logPCorrected).toBeGreaterThan(Math.log(0.05));
      expect(other.similarity).toBeLessThan(xy.similarity);
    }
  });

  test('effects repeat, and every held-out run is named right', () => {
    for (const row of summary.repeatability) {
      expect(row).toMatchObject({ of: 'run', repeats: 3, units: UNITS });
      expect(row.correlation).toBeGreaterThan(0.7);
      expect(row.agreement).toBeGreaterThan(0.7);
      expect(row.dice).toBeGreaterThan(0.7);
    }
    expect(summary.identification.map(({ method }) => method)).toEqual([
      'correspondence',
      'correlation',
      'classifier',
    ]);
    for (const row of summary.identification) {
      expect(row).toMatchObject({ right: 9, runs: 9 });
      expect(row.chance).toBeCloseTo(1 / 3, 12);
      expect(row.p).toBeLessThan(0.02); // 1 of 6^3 orders is as good
    }
  });
});

test('tables add up, and the images hold the networks', async () => {
  const read = async (name: string) => parseTsv(await readFile(out(name), 'utf8'), name);
  const profile = await read('profile.tsv');
  const column = (name: string) => textColumn(profile, name, 'profile.tsv');
  const [tasks, levels, active] = ['task', 'level', 'active'].map(column);
  for (const { task, active: all } of summary.networks) {
    for (const level of ['layer', 'type']) {
      const sum = active.reduce(
        (total, value, i) => total + (tasks[i] === task && levels[i] === level ? Number(value) : 0),
        0,
      );
      expect(sum).toBe(all);
    }
    const mask = `sub-01_task-${task}_contrast-${task}_desc-network_mask.nii.gz`;
    const map = await readMap(await openNifti(out('sub-01', 'func', mask)));
    expect(map.reduce((sum, value) => sum + value)).toBe(all);
  }
  expect(levels).toContain('head');
  const dseg = await readMap(
    await openNifti(out('sub-01', 'anat', 'sub-01_seg-networks_dseg.nii.gz')),
  );
  expect(Math.max(...dseg)).toBe(3);
});

test("the units listed respond, and are driven by prompts of their task's kind", async () => {
  const table = parseTsv(await readFile(out('responsive-units.tsv'), 'utf8'), 'responsive');
  const column = (name: string) => textColumn(table, name, 'responsive');
  const [tasks, units, prompts, tokens] = ['task', 'unit', 'prompts', 'tokens'].map(column);
  expect(tasks).toHaveLength(9);
  tasks.forEach((task, row) => {
    expect(responds(TASKS.indexOf(task), Number(units[row]))).not.toBe(0);
    expect(prompts[row]).toMatch(new RegExp(`of prompt \\d+ is of ${task} [123]`));
    // Each token says which volume it is of: 'x 1 p3 2' is the third of the prompt p3 in run 1 of x.
    const shown = [...tokens[row].matchAll(/"(\w) (\d) p(\d+) (\d)" \((-?[\d.]+)\)/g)];
    expect(shown).toHaveLength(3);
    for (const [, own, run, prompt, position, sd] of shown) {
      expect(own).toBe(task);
      const volume = (Number(prompt) - 1) * TOKENS + Number(position);
      const z = standardised(TASKS.indexOf(task), Number(units[row]));
      expect(Number(sd)).toBeCloseTo(z[Number(run) - 1][volume], 2);
    }
  });
});

test('a dataset without maps is refused, and nothing is left', async () => {
  const { code, errors } = await command('networks', dataset, out('no'), '--maps', folder + 1);
  expect(code).toBe(2);
  expect(JSON.parse(errors).error.code).toBe('file/no-statmaps');
  await expect(readFile(out('no', 'summary.json'))).rejects.toThrow('ENOENT');
});
