import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { openRecordings } from '../../src/recording/read.js';
import { silentProgress } from '../../src/report/progress.js';
import { recordStudy } from '../../src/workflow/record.js';
import { writeSmallStudy } from './small-study.js';
import { captured } from './streams.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const at = (...parts: string[]) => join(folder, ...parts);
const plain = { force: false, progress: silentProgress };

async function valuesOf(root: string): Promise<Float32Array[]> {
  const recordings = await openRecordings(root);
  return Promise.all(
    recordings.map(async ({ series }) => {
      const values = new Float32Array(series.volumes * series.units);
      for await (const block of series.blocks()) {
        values.set(block.values, block.first * series.units);
      }
      return values;
    }),
  );
}

describe('the mode read', () => {
  test('gives a volume for every token of every text, and its events their length', async () => {
    const study = await writeSmallStudy(folder, { tokens: 'null' });
    const text = await readFile(study, 'utf8');
    await writeFile(study, text.replace('tokens: null', 'mode: read'));
    await recordStudy({ study, root: at('read'), ...plain });
    for (const { volumes, stimuli, series, provenance, repetitionTime } of await openRecordings(
      at('read'),
    )) {
      expect(provenance.tokenVolumeRule).toBe('read');
      expect(series.volumes).toBe(volumes.length);
      for (const [p, { event, text }] of stimuli.entries()) {
        const own = volumes.filter(({ prompt }) => prompt === p);
        expect(event.duration).toBeCloseTo(own.length * repetitionTime, 9);
        expect(event.onset).toBeCloseTo(own[0].onset, 9);
        const read = own.map(({ inputToken }) => inputToken).join('');
        expect(read).toBe(`<s>${text}`);
        expect(own.at(-1)?.logProbability).toBeNaN();
      }
    }
  });

  test('goes all the way to networks', async () => {
    for (const argv of [
      ['export', at('read'), at('dataset')],
      ['glm', at('dataset')],
    ]) {
      const streams = captured();
      expect([await main([...argv, '--quiet'], streams), streams.errors()]).toEqual([0, '']);
    }
    const sidecar = at('dataset/sub-phantom/func/sub-phantom_task-pathology_run-1_bold.json');
    expect(JSON.parse(await readFile(sidecar, 'utf8')).TokenVolumeRule.Name).toBe('read');
  });
});

describe('batches and selections', () => {
  test('one at a time or many at once: the same tokens, and volumes to 1e-4', async () => {
    const study = await writeSmallStudy(folder);
    await recordStudy({ study, root: at('one'), batch: 1, ...plain });
    await recordStudy({ study, root: at('many'), batch: 12, ...plain });
    const [one, many] = [await openRecordings(at('one')), await openRecordings(at('many'))];
    const tokens = (recordings: typeof one) =>
      recordings.map(({ volumes }) => volumes.map(({ outputToken }) => outputToken));
    expect(tokens(many)).toEqual(tokens(one));
    const [a, b] = [await valuesOf(at('one')), await valuesOf(at('many'))];
    for (const [r, values] of a.entries()) {
      let [difference, size] = [0, 0];
      for (const [i, value] of values.entries()) {
        difference += (value - b[r][i]) ** 2;
        size += value ** 2;
      }
      expect(Math.sqrt(difference / size)).toBeLessThan(1e-4);
    }
  });

  test('a selection records the same values of fewer units', async () => {
    const study = await writeSmallStudy(folder);
    const modules = 'layers.*/fc1';
    const summary = await recordStudy({ study, root: at('fc1'), batch: 12, modules, ...plain });
    expect([summary.modules, summary.units]).toEqual([4, 4 * 512]);
    const [whole] = await openRecordings(at('many'));
    const [part] = await openRecordings(at('fc1'));
    const [all] = await valuesOf(at('many'));
    const [own] = await valuesOf(at('fc1'));
    for (const module of part.modules) {
      const same = whole.modules.find(({ path }) => path === module.path)!;
      for (let v = 0; v < part.series.volumes; v++) {
        const mine = own.subarray(v * part.series.units + module.firstUnit).subarray(0, 512);
        const theirs = all.subarray(v * whole.series.units + same.firstUnit).subarray(0, 512);
        for (const [u, value] of mine.entries()) expect(value).toBeCloseTo(theirs[u], 4);
      }
    }
  });

  test('nothing is left in the model’s folder', async () => {
    const model = at('model');
    await cp('phantom', model, {
      recursive: true,
      filter: (path) => !/training|corpus/.test(path),
    });
    const study = await writeSmallStudy(folder, { model: './model' });
    await recordStudy({ study, root: at('own'), ...plain });
    expect(await readdir(join(model, 'onnx'))).toEqual(['model.onnx']);
  });
});
