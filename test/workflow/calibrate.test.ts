import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { unitCount } from '../../src/core/module.js';
import { makeRandom } from '../../src/math/random.js';
import { writeRecording } from '../../src/recording/write.js';
import type { CalibrateSummary } from '../../src/workflow/calibrate.js';
import { decoderModules, gauss, simulateRecording } from './simulate.js';
import { captured } from './streams.js';

/** Prompts with a level of their own (a third of the variance), in two conditions that do not differ. */
const MODULES = decoderModules(2);
const UNITS = unitCount(MODULES);
const [PROMPTS, TOKENS] = [40, 6];

let folder: string;
let summary: CalibrateSummary;

async function calibrate(out: string, ...flags: string[]) {
  const streams = captured();
  const argv = ['calibrate', join(folder, 'recordings'), join(folder, out), '--json', ...flags];
  const code = await main(argv, streams);
  return { code, output: streams.output(), errors: streams.errors() };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-calibrate-'));
  for (const run of [1, 2]) {
    const random = makeRandom(run);
    const values = new Float32Array(PROMPTS * TOKENS * UNITS);
    for (let p = 0; p < PROMPTS; p++) {
      for (let u = 0; u < UNITS; u++) {
        const level = gauss(random);
        for (let k = 0; k < TOKENS; k++) {
          values[(p * TOKENS + k) * UNITS + u] = level + 1.4 * gauss(random);
        }
      }
    }
    const made = { id: { run }, prompts: PROMPTS, tokens: TOKENS, modules: MODULES, values };
    const { series, volumes, stimuli, ...about } = simulateRecording(made);
    const scan = { ...about, volumes: volumes.length };
    await writeRecording(join(folder, 'recordings'), scan, { force: false }, async (write) => {
      for (let v = 0; v < volumes.length; v++) {
        await write(v, values.subarray(v * UNITS, (v + 1) * UNITS));
      }
      return { volumes, stimuli };
    });
  }
  const times = ['--labellings', '60', '--slow-labellings', '6', '--effect', '2'];
  const { code, output, errors } = await calibrate('out', '--condition', 'pathology', ...times);
  expect(errors).toBe('');
  expect(code).toBe(0);
  summary = JSON.parse(output);
});
afterAll(() => rm(folder, { recursive: true }));

const of = (name: string) => summary.null.find(({ method }) => method === name)!;

test('prompts as the sample err at the nominal rate, volumes far more often', () => {
  expect(summary).toMatchObject({ prompts: 40, blockLength: 2, units: UNITS });
  expect(summary.null.filter(({ isDefault }) => isDefault)).toHaveLength(1);
  for (const name of ['one mean per prompt', 'mixed model', 'clusters (CR2)']) {
    expect(Math.abs(of(name).falsePositives - 0.05)).toBeLessThan(0.02);
  }
  expect(of('one mean per prompt').familyWise).toBeLessThan(0.15);
  expect(of('OLS on volumes').falsePositives).toBeGreaterThan(0.15);
  expect(of('AR(1) on volumes').falsePositives).toBeGreaterThan(0.1);
});

test('planted effects are found, at the false discovery rate that was asked for', () => {
  for (const row of summary.power.slice(0, 4)) {
    expect(row.sensitivity).toBeGreaterThan(0.8);
    expect(row.areaUnderRoc).toBeGreaterThan(0.98);
    expect(row.falseDiscoveries).toBeLessThan(0.12);
  }
});

test('p is uniform by the default method, and the picture has a line a method', async () => {
  const table = await readFile(join(folder, 'out', 'false-positives.tsv'), 'utf8');
  const shares = table.split('\n')[1].split('\t').at(-1)!.split(',').map(Number);
  expect(shares).toHaveLength(100);
  expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 2);
  expect(Math.max(...shares)).toBeLessThan(0.02);
  const picture = await readFile(join(folder, 'out', 'calibration.svg'), 'utf8');
  for (const { method } of summary.null) expect(picture).toContain(`>${method}<`);
});

test('a condition without prompts is refused', async () => {
  const { code, errors } = await calibrate('no', '--condition', 'cooking');
  expect(code).toBe(2);
  expect(JSON.parse(errors).error.code).toBe('data/too-few-prompts');
});
